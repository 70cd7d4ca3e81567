// What makes two points one.
#include "plan_fixture.h"

#include <filesystem>
#include <fstream>
#include <set>

namespace triptych::manifest {
namespace {

namespace fs = std::filesystem;

TEST(PointId, IsSixteenHexDigits) {
  EXPECT_THAT(id_of({}), testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(id_of({}).size(), 16u);
}

TEST(PointId, LeavesOutWhatChangesNoResult) {
  for (const auto* other : {"name=x", "notes=x", "tags=[x]", "probes=[latency]", "data.root=/tmp",
                            "plugins.path=[/tmp]", "recipe.log_every=3", "recipe.workers=7",
                            "recipe.checkpoint_every=9", "recipe.evaluate_every=50"}) {
    EXPECT_EQ(id_of({other}), id_of({})) << other;
  }
}

TEST(PointId, CountsWhatChangesAResult) {
  std::set<std::string> ids = {id_of({})};
  const std::vector<Overrides> variants = {
      {"seed=2"},
      {"recipe.steps=5"},
      {"recipe.batch=5"},
      {"recipe.accumulate=2"},
      {"recipe.threads=2"},
      {"slots.embedding.stride=2"},
      {"slots.encoder.use=conv_pyramid"},
      {"tasks.depth.head.use=deconv"},
      {"slots.fusion=[{use: gated}]"},
      {"slots.prompt=[{use: task_tokens}]"},
      {"data.noise=0.5"},
      {"recipe.optimizer.lr=0.1"},
      {"recipe.schedule.use=cosine"},
      {"recipe.balancer.weights.depth=2"},
      {"recipe.augment=[flip]"},
      {"recipe.clip_norm=1"},
      {"recipe.groups=[{match: 'encoder.*'}]"},
      {"recipe.precision=bfloat16"},
      {"~tasks.depth"},
      {"select={metric: depth.rmse}"},
      {"select={metric: depth.rmse}", "recipe.evaluate_every=50"},
      {"recipe.init_from=some-run"}};
  for (const auto& overrides : variants) {
    EXPECT_TRUE(ids.insert(id_of(overrides)).second) << overrides.back();
  }
}

TEST(PointId, CountsTheOrderOfTasks) {
  EXPECT_NE(id_of({"tasks={depth: {}, semseg: {}}"}), id_of({"tasks={semseg: {}, depth: {}}"}));
}

TEST(PointId, DoesNotCountWhetherADefaultIsWritten) {
  EXPECT_EQ(id_of({"recipe.steps=1000", "slots.embedding.stride=4", "recipe.optimizer.use=adamw",
                   "recipe.accumulate=1", "tasks.depth.use=depth",
                   "tasks.depth.head={use: conv, width: 64}", "seed=1"}),
            id_of({}));
}

TEST(PointId, CountsTheSourceOfEveryPluginUsed) {
  ToySpecs changed;
  changed.add("encoder", changed.find("encoder", "swin")->spec, "another source");
  EXPECT_NE(id_of({}, changed), id_of({}));
  ToySpecs unused;
  unused.add("fusion", unused.find("fusion", "gated")->spec, "another source");
  EXPECT_EQ(id_of({}, unused), id_of({}));
}

TEST(PluginSpec, CountsByItsBinaryWhereItHasNoSourceHash) {
  PluginSpec plugin{Spec("a", "b"), "", "binary", "a.so"};
  EXPECT_EQ(plugin.identity(), "binary");
  plugin.source_hash = "source";
  EXPECT_EQ(plugin.identity(), "source");
}

TEST(PointId, CountsTheHashOfTheData) {
  auto options = toy_options();
  options.data_hash = [](const Manifest&) { return "other files"; };
  EXPECT_NE(plan_of({}, ToySpecs(), options).points.front().point_id, id_of({}));
}

TEST(PointId, CountsTheContentOfTheWeightsNotTheirPath) {
  const auto folder = fs::temp_directory_path() / "triptych_weights_test";
  fs::create_directories(folder);
  std::ofstream(folder / "a.safetensors") << "one";
  std::ofstream(folder / "b.safetensors") << "one";
  std::ofstream(folder / "c.safetensors") << "two";
  const auto id = [&](const char* file) {
    return id_of({"recipe.init_from=" + (folder / file).string()});
  };
  EXPECT_EQ(id("a.safetensors"), id("b.safetensors"));
  EXPECT_NE(id("a.safetensors"), id("c.safetensors"));
  const auto object_id = [&](const char* file, const std::string& rest = "") {
    return id_of({"recipe.init_from={from: '" + (folder / file).string() + "'" + rest + "}"});
  };
  EXPECT_EQ(object_id("a.safetensors"), id("b.safetensors")) << "says the same";
  EXPECT_EQ(object_id("a.safetensors", ", partial: true"),
            object_id("b.safetensors", ", partial: true"));
  EXPECT_NE(object_id("a.safetensors", ", partial: true"), id("a.safetensors"));
  EXPECT_NE(object_id("a.safetensors", ", rename: {a: b}"), id("a.safetensors"));
  EXPECT_NE(object_id("a.safetensors", ", rename: {a: b}"),
            object_id("c.safetensors", ", rename: {a: b}"));
  fs::remove_all(folder);
}

TEST(PointId, CountsTheContentOfARunsWeightsNotItsName) {
  const auto folder = fs::temp_directory_path() / "triptych_run_weights_test";
  fs::create_directories(folder);
  std::ofstream(folder / "1.safetensors") << "one";
  std::ofstream(folder / "2.safetensors") << "two";
  auto options = toy_options();
  auto latest = "1.safetensors";
  options.weights_of_run = [&](const std::string& run) -> std::string {
    if (run != "@latest" && run != "0198c") throw Error("store.005", "x.db", "there is no run", "");
    return (folder / latest).string();
  };
  const auto id = [&](const std::string& override_) {
    return plan_of({override_}, ToySpecs(), options).points.front().point_id;
  };
  const auto first = id("recipe.init_from=@latest");
  EXPECT_EQ(first, id_of({"recipe.init_from=" + (folder / "1.safetensors").string()}));
  EXPECT_EQ(first, id("recipe.init_from={from: 0198c}"));
  latest = "2.safetensors";
  EXPECT_NE(first, id("recipe.init_from=@latest"));
  const auto planned =
      plan_study(kCases + "base.json", {"recipe.init_from=@best:mIoU"}, ToySpecs(), options);
  ASSERT_EQ(planned.problems.size(), 1u);
  EXPECT_EQ(planned.problems[0].text(),
            "command line:1:18: /recipe/init_from: the run \"@best:mIoU\": x.db: there is no run "
            "[manifest.127]");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace triptych::manifest
