#include "triptych/host/check.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "fixture.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CheckTest : public HostTest {};

std::vector<std::string> codes(const std::vector<Problem>& problems) {
  std::vector<std::string> all;
  for (const auto& problem : problems) all.push_back(problem.code);
  return all;
}

const PluginInfo kPlugin{.slot = "fusion",
                         .name = "x",
                         .file = "/x.so",
                         .sha256 = "",
                         .source_hash = "",
                         .status = "ok",
                         .reason = "",
                         .compiler = ""};

TEST_F(CheckTest, EveryPluginOfTheTreePasses) {
  const auto checks = check_plugins(fs::path(TRIPTYCH_BINARY_DIR) / "plugins", {});
  EXPECT_FALSE(checks.empty());
  for (const auto& check : checks) EXPECT_TRUE(check.problems.empty()) << check.info.reason;
}

TEST_F(CheckTest, AnIncompleteSpecIsReportedWithAllThatIsMissing) {
  const auto checks = check_plugins(fixture("incomplete_spec"), {});
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_THAT(codes(checks[0].problems),
              ElementsAre("host.050", "host.054", "host.053", "host.056"));
  EXPECT_EQ(checks[0].info.status, "broken");
}

TEST_F(CheckTest, ASlotFolderIsChecked) {
  put(built("fusion", "gated"), "fusion/gated.so");
  put(fixture("aborts_at_load"), "fusion/aborts_at_load.so");
  const auto checks = check_plugins(folder_ / "fusion", {});
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_THAT(codes(checks[0].problems), ElementsAre("host.030"));
  EXPECT_TRUE(checks[1].problems.empty());
}

TEST_F(CheckTest, AFileWhoseSlotIsUnknownIsBroken) {
  put(built("fusion", "gated"), "gated.so");
  EXPECT_THAT(codes(check_plugins(folder_ / "gated.so", {}).front().problems),
              ElementsAre("host.011"));
}

TEST_F(CheckTest, NothingToCheckIsAnError) {
  EXPECT_EQ(problem_of([&] { static_cast<void>(check_plugins(folder_ / "none", {})); }).code,
            "host.002");
  EXPECT_EQ(problem_of([&] { static_cast<void>(check_plugins(folder_, {})); }).code, "host.002");
}

TEST_F(CheckTest, TheContractSuiteAddsItsProblemsAndMayThrow) {
  put(built("fusion", "gated"), "fusion/gated.so");
  CheckSettings settings;
  settings.contract = [](const PluginHost& host, const PluginInfo& plugin) -> std::vector<Problem> {
    return {{.code = "contract.1", .message = host.spec(plugin.slot, plugin.name).name()}};
  };
  const auto checks = check_plugins(folder_, settings);
  EXPECT_THAT(codes(checks.front().problems), ElementsAre("contract.1"));
  EXPECT_EQ(checks.front().problems.front().message, "gated");
  settings.contract = [](const PluginHost&, const PluginInfo&) -> std::vector<Problem> {
    throw std::runtime_error("the suite failed");
  };
  EXPECT_THAT(codes(check_plugins(folder_, settings).front().problems), ElementsAre("host.040"));
}

// What `sh -c SCRIPT` as the contract's process makes of a plugin; records go to descriptor 3.
std::vector<Problem> checked_by(const std::filesystem::path& folder, const std::string& script) {
  CheckSettings settings;
  settings.contract_command = {"/bin/sh", "-c", script};
  settings.contract_limit = std::chrono::seconds(2);
  return check_plugins(folder, settings).front().problems;
}

TEST_F(CheckTest, TheContractsProcessAddsItsProblems) {
  put(built("fusion", "gated"), "fusion/gated.so");
  const std::string one = "printf 'problem\\037contract.9\\037m\\037f\\037e\\037s\\036' >&3; ";
  const auto problems = checked_by(folder_, one + "printf 'end\\036' >&3");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].text(), "f: m [contract.9]; e. s");
  EXPECT_TRUE(checked_by(folder_, "printf 'end\\036' >&3").empty());
}

TEST_F(CheckTest, AContractsProcessThatEndsOrHangsIsAProblemOfThePlugin) {
  put(built("fusion", "gated"), "fusion/gated.so");
  const std::string stage = "printf 'stage\\037it ran forward\\036' >&3; ";
  const auto crashed = checked_by(folder_, stage + "echo words; kill -SEGV $$");
  EXPECT_THAT(codes(crashed), ElementsAre("host.034"));
  EXPECT_THAT(crashed[0].message, HasSubstr("signal 11"));
  EXPECT_THAT(crashed[0].message, HasSubstr("while it ran forward; it printed: words"));
  EXPECT_THAT(codes(checked_by(folder_, "exit 0")), ElementsAre("host.034"));
  const auto hung = checked_by(folder_, stage + "sleep 600");
  EXPECT_THAT(codes(hung), ElementsAre("host.035"));
  EXPECT_THAT(hung[0].message, HasSubstr("within 2 s"));
}

TEST_F(CheckTest, TheContractSuiteSeesTheSurroundingsWhichAreNotCheckedThemselves) {
  const auto checked = put(built("fusion", "gated"), "own/fusion.gated.so");
  put(built("fusion", "gated"), "other/fusion/gated.so");
  put(built("head", "conv"), "other/head/conv.so");
  CheckSettings settings;
  settings.surroundings.given = {folder_ / "other"};
  settings.contract = [&](const PluginHost& host, const PluginInfo&) -> std::vector<Problem> {
    return {
        {.code = host.spec("head", "conv").name(), .message = host.info("fusion", "gated").file}};
  };
  const auto checks = check_plugins(checked, settings);
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_THAT(codes(checks[0].problems), ElementsAre("conv"));
  EXPECT_EQ(checks[0].problems.front().message, checked.string());
}

TEST_F(CheckTest, ADefaultOutsideItsRangeIsReported) {
  const auto spec = Spec("x", "Does it.")
                        .param("width", 0, "channels", at_least(1))
                        .param("mode", "fast", "how", one_of({"slow"}))
                        .param("rate", 0.5, "a share", between(0, 1))
                        .source("own");
  EXPECT_THAT(codes(spec_problems(kPlugin, spec)), ElementsAre("host.055", "host.055"));
}

TEST_F(CheckTest, NamesThatManifestsCannotUseAreReported) {
  const auto spec =
      Spec("Upper", "Does it.").param("use", 1, "a").param("two words", 1, "b").source("own");
  EXPECT_THAT(codes(spec_problems(kPlugin, spec)), ElementsAre("host.051", "host.052", "host.051"));
}

TEST_F(CheckTest, HeadIsAParameterThatOnlyTasksMustNotHave) {
  const auto spec = Spec("x", "Does it.").param("head", 1, "which").source("own");
  auto task = kPlugin;
  task.slot = "task";
  EXPECT_TRUE(spec_problems(kPlugin, spec).empty());
  EXPECT_THAT(codes(spec_problems(task, spec)), ElementsAre("host.052"));
}

TEST_F(CheckTest, JsonHoldsEveryFieldAndNullWhereNothingIsKnown) {
  put(built("fusion", "gated"), "fusion/gated.so");
  write("head/text.so", "\xff\xfe no library");
  const auto rows = nlohmann::json::parse(list_json(host_at(folder_).list()));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["slot"], "fusion");
  EXPECT_EQ(rows[0]["status"], "ok");
  EXPECT_TRUE(rows[0]["reason"].is_null());
  EXPECT_EQ(rows[0]["source_hash"].get<std::string>().size(), 64U);
  EXPECT_EQ(rows[1]["status"], "broken");
  EXPECT_THAT(rows[1]["reason"].get<std::string>(), HasSubstr("[host.021]"));
  EXPECT_TRUE(rows[1]["source_hash"].is_null());
  const auto checked = nlohmann::json::parse(check_json(check_plugins(folder_, {})));
  EXPECT_EQ(checked["ok"], false);
  EXPECT_EQ(checked["plugins"][1]["errors"][0]["code"], "host.021");
  EXPECT_THAT(check_text(check_plugins(folder_, {})), HasSubstr("1 ok, 1 broken"));
}

}  // namespace
}  // namespace triptych::host
