// triptych plugins check: a plugin that takes its process along is one line of the report.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

namespace fs = std::filesystem;

namespace triptych::cli {
namespace {

using testing::HasSubstr;

// A folder of plugins of the tests, with those of the tree around it.
class PluginsCheck : public testing::Test {
 protected:
  void put(const std::string& name) const {
    const auto folder = program_.folder() / "checked/fusion";
    fs::create_directories(folder);
    const auto file = "fusion/" + name + ".so";
    const fs::path built = TRIPTYCH_BINARY_DIR "/plugins/" + file;
    fs::copy(
        fs::exists(built) ? built : fs::path(TRIPTYCH_BINARY_DIR "/tests/faulty_plugins/" + file),
        folder / (name + ".so"));
  }
  Result check(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"plugins", "check", (program_.folder() / "checked").string()};
    words.insert(words.end(), more.begin(), more.end());
    return program_.run(words);
  }

  Program program_;
};

TEST_F(PluginsCheck, GoesOnAfterPluginsThatEndTheirProcess) {
  put("aborts_when_built");
  put("crashes_in_forward");
  put("gated");
  const auto result = check({"--json"});
  EXPECT_EQ(result.code, 2);
  const auto plugins = result.json()["plugins"];
  ASSERT_EQ(plugins.size(), 3u) << result.err;
  const auto message = [&](int i) { return plugins[i]["errors"][0]["message"].get<std::string>(); };
  EXPECT_EQ(plugins[0]["errors"].size(), 1u);
  EXPECT_EQ(plugins[0]["errors"][0]["code"], "host.034");
  EXPECT_THAT(message(0), HasSubstr("signal 6"));
  EXPECT_THAT(message(0), HasSubstr("while it was built"));
  EXPECT_THAT(message(0), HasSubstr("no memory for the table"));
  EXPECT_EQ(plugins[1]["errors"][0]["code"], "host.034");
  EXPECT_THAT(message(1), HasSubstr("signal 11"));
  EXPECT_THAT(message(1), HasSubstr("while it ran forward"));
  EXPECT_EQ(plugins[2]["name"], "gated");
  EXPECT_EQ(plugins[2]["status"], "ok") << plugins[2];
}

TEST_F(PluginsCheck, StopsWaitingForAPluginThatHangs) {
  put("hangs_in_forward");
  const auto result = check({"--limit", "20", "--json"});
  EXPECT_EQ(result.code, 2);
  const auto error = result.json()["plugins"][0]["errors"][0];
  EXPECT_EQ(error["code"], "host.035");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("within 20 s while it ran forward"));
}

TEST_F(PluginsCheck, ReportsWhatTheContractRefuses) {
  put("sized");
  const auto result = check();
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out, HasSubstr("[contract.264]"));
}

}  // namespace
}  // namespace triptych::cli
