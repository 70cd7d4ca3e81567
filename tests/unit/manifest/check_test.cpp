// Protocols, checks before a run, and that every error code has a test.
#include "plan_fixture.h"

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <random>

#include "triptych/manifest/reader.h"

namespace triptych::manifest {
namespace {

namespace fs = std::filesystem;

TEST(Check, AWeightsFileThatIsNotThereStopsARun) {
  auto options = toy_options();
  const Overrides overrides = {"recipe.init_from=/nowhere/at.safetensors"};
  const auto checked = plan_study(kCases + "base.json", overrides, ToySpecs(), options);
  EXPECT_TRUE(checked.problems.empty());
  ASSERT_EQ(checked.warnings.size(), 1u);
  options.needs_data = true;
  const auto run = plan_study(kCases + "base.json", overrides, ToySpecs(), options);
  ASSERT_EQ(run.problems.size(), 1u);
  EXPECT_EQ(run.problems[0].code, "manifest.126");
}

TEST(Protocol, IsFoundBesideTheManifestThenInTheCheckout) {
  const auto folder = fs::canonical(fs::temp_directory_path()) / "triptych_protocol_test";
  fs::create_directories(folder / "experiments/protocols/own");
  fs::create_directories(folder / "deep/er");
  std::ofstream(folder / "experiments/protocols/own/3.json") << "{}";
  const auto before = fs::current_path();
  fs::current_path(TRIPTYCH_SOURCE_DIR);  // the build may lie elsewhere
  const auto folders = protocol_folders((folder / "deep/er/exp.json").string());
  ASSERT_GE(folders.size(), 2u);
  EXPECT_EQ(folders.front(), (folder / "experiments/protocols").string());
  EXPECT_THAT(protocol_ids(folders), testing::IsSupersetOf({"own/3", "streets/1"}));
  setenv("TRIPTYCH_PROTOCOL_PATH", (kCases + "protocols:/nowhere").c_str(), 1);
  EXPECT_EQ(protocol_folders("").front(), fs::canonical(kCases + "protocols").string());
  unsetenv("TRIPTYCH_PROTOCOL_PATH");
  fs::current_path(before);
  fs::remove_all(folder);
}

// The files in experiments/protocols are what users run under.
TEST(Protocol, EveryShippedFileReads) {
  const std::vector<std::string> folders = {std::string(TRIPTYCH_SOURCE_DIR) +
                                            "/experiments/protocols"};
  const auto ids = protocol_ids(folders);
  EXPECT_GE(ids.size(), 3u);
  for (const auto& id : ids) {
    const auto protocol = load_protocol(id, folders);
    EXPECT_EQ(protocol.id(), id);
    EXPECT_NE(protocol.split(protocol.evaluation_split), nullptr);
    const auto* semseg = protocol.task("semseg");
    if (!semseg || !semseg->params.contains("palette")) continue;
    const auto classes = std::get<std::int64_t>(semseg->params.at("classes"));
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(semseg->params.at("palette")).size(),
              static_cast<std::size_t>(3 * classes));
  }
}

TEST(Protocol, AnIdDoesNotLeadOutOfItsFolders) {
  const std::vector<std::string> folders = {kCases + "protocols"};
  for (const auto* id : {"../base", "/etc/hostname", "toy/../toy/1", ""}) {
    try {
      (void)load_protocol(id, folders);
      FAIL() << id;
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().code, "manifest.110") << id;
    }
  }
}

TEST(Check, ADatasetThatIsNotThereIsAWarningBeforeARun) {
  ToySpecs specs;
  specs.remove("dataset", "squares");
  auto options = toy_options();
  const auto checked = plan_study(kCases + "base.json", {"data.noise=3"}, specs, options);
  EXPECT_TRUE(checked.problems.empty());
  ASSERT_EQ(checked.warnings.size(), 1u);
  EXPECT_EQ(checked.warnings[0].code, "manifest.201");
  const auto manifest = from_canonical(checked.plan.points[0].manifest, specs);
  EXPECT_FALSE(manifest.data.has_plugin);
  EXPECT_EQ(manifest.data.dataset.params.integer("noise"), 3);
  options.needs_data = true;
  const auto run = plan_study(kCases + "base.json", {}, specs, options);
  ASSERT_EQ(run.problems.size(), 1u);
  EXPECT_EQ(run.problems[0].code, "manifest.105");
}

TEST(Check, ADataRootThatIsNotThereStopsARun) {
  auto options = toy_options();
  options.needs_data = true;
  const auto run =
      plan_study(kCases + "base.json", {"data.root=/nowhere/at/all"}, ToySpecs(), options);
  ASSERT_EQ(run.problems.size(), 1u);
  EXPECT_EQ(run.problems[0].text(),
            "command line:1:11: /data/root: there is no folder \"/nowhere/at/all\" [manifest.202]; "
            "Say where the data set lies: data.root=PATH.");
}

TEST(Check, CountLeavesMatrixAndBaselinesAside) {
  const auto manifest = load_manifest(
      kCases + "base.json", {"matrix={slots.embedding.use: [nothing]}", "baselines=[nothing]"},
      ToySpecs(), toy_options());
  EXPECT_EQ(manifest.slots.embedding.use, "patch");
}

TEST(Check, AMissingFixedBalancerIsNamedAtTheBaselines) {
  ToySpecs specs;
  specs.remove("balancer", "fixed");
  const auto planned = plan_study(kCases + "base.json",
                                  {"recipe.balancer.use=uncertainty", "baselines=[single_task]"},
                                  specs, toy_options());
  ASSERT_EQ(planned.problems.size(), 1u);
  EXPECT_EQ(planned.problems[0].pointer, "/baselines");
}

// Replaces random values of a rich manifest by values of other kinds, and renames random keys.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  void change(Node& node) {
    auto* list = std::get_if<Node::List>(&node.value);
    auto* object = std::get_if<Node::Object>(&node.value);
    const std::size_t size = list ? list->size() : object ? object->size() : 0;
    if (size == 0 || random_() % 5 == 0) {
      node = strange();
    } else if (list) {
      change((*list)[random_() % size]);
    } else if (random_() % 8 == 0) {
      (*object)[random_() % size].key = random_() % 2 ? "use" : "label";
    } else {
      change((*object)[random_() % size].value);
    }
  }

 private:
  Node strange() {
    static const char* const kValues[] = {"null",
                                          "true",
                                          "-1",
                                          "1e300",
                                          "\"\"",
                                          "\"x.y\"",
                                          "[]",
                                          "{}",
                                          "[1, \"a\"]",
                                          "{\"label\": 1}",
                                          "{\"use\": \"gated\"}",
                                          "[[]]",
                                          "[{\"label\": \"a\", \"b..c\": 1}]",
                                          "9223372036854775807"};
    return parse_json(kValues[random_() % std::size(kValues)], "mutation");
  }

  std::mt19937 random_;
};

TEST(Plan, AnyShapeOfManifestGivesAPlanOrProblems) {
  const auto good = read_manifest(kCases + "../../unit/manifest/whole.json");
  const auto path =
      (fs::temp_directory_path() / ("triptych_any_" + std::to_string(getpid()) + ".json")).string();
  const ToySpecs specs;
  const auto options = toy_options();
  ASSERT_TRUE(
      plan_study(kCases + "../../unit/manifest/whole.json", {}, specs, options).problems.empty());
  int num_refused = 0;
  Mutator mutator(5);
  for (int round = 0; round < 1000; ++round) {
    auto tree = good;
    for (int i = 0; i <= round % 3; ++i) mutator.change(tree);
    std::ofstream(path) << canonical_text(tree, KeyOrder::kAsWritten);
    const auto planned = plan_study(path, {"recipe.steps=2"}, specs, options);
    EXPECT_NE(planned.problems.empty(), planned.plan.points.empty());
    for (const auto& problem : planned.problems) {
      EXPECT_TRUE(problem.code.starts_with("manifest.")) << problem.text();
      EXPECT_GT(problem.line, 0) << problem.text();
    }
    num_refused += !planned.problems.empty();
  }
  fs::remove(path);
  EXPECT_GT(num_refused, 300);
}

TEST(Check, LaterProblemsGetTheirPlaceFromTheTree) {
  const auto planned = plan_study(kCases + "base.json", {}, ToySpecs(), toy_options());
  std::vector<Problem> problems = {
      {.code = "contract.1", .message = "m", .pointer = "/slots/encoder/x"}};
  place_problems(problems, planned.tree);
  EXPECT_EQ(problems[0].text(), kCases + "base.json:6:16: /slots/encoder/x: m [contract.1]");
}

TEST(Check, WhatIsSaidOfADefaultHeadStandsInTheSlots) {
  const auto tree = parse_json(R"({"tasks": {"a": {}, "b": {"head": {"use": "x"}}},
"slots": {"head": {"use": "y"}}})",
                               "exp.json");
  std::vector<Problem> problems = {{.code = "c.1", .message = "m", .pointer = "/tasks/a/head"},
                                   {.code = "c.1", .message = "m", .pointer = "/tasks/b/head"}};
  place_problems(problems, tree);
  EXPECT_EQ(problems[0].text(), "exp.json:2:19: /slots/head: m [c.1]");
  EXPECT_EQ(problems[1].text(), "exp.json:1:35: /tasks/b/head: m [c.1]");
}

TEST(Check, ThePlanKeepsTheTreeForLaterProblems) {
  const auto planned =
      plan_study(kCases + "base.json", {"slots.embedding.stride=3"}, ToySpecs(), toy_options());
  EXPECT_EQ(locate(planned.tree, "/slots/encoder").line, 6);
  EXPECT_EQ(locate(planned.tree, "/slots/embedding/stride").file_name(), "command line");
}

}  // namespace
}  // namespace triptych::manifest
