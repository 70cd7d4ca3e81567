#include "triptych/manifest/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "toy_specs.h"
#include "triptych/manifest/reader.h"

namespace triptych::manifest {
namespace {

namespace fs = std::filesystem;
using Overrides = std::vector<std::string>;

const std::string kCases = std::string(TRIPTYCH_SOURCE_DIR) + "/tests/cases/manifest/";

PlanOptions toy_options() {
  PlanOptions options;
  options.protocol_folders = {kCases + "protocols"};
  return options;
}

Plan plan_of(const Overrides& overrides, const SpecSource& specs = ToySpecs(),
             const PlanOptions& options = toy_options()) {
  return load_plan(kCases + "base.json", overrides, specs, options);
}

std::string id_of(const Overrides& overrides, const SpecSource& specs = ToySpecs()) {
  return plan_of(overrides, specs).points.front().point_id;
}

Manifest manifest_of(const PlanPoint& point) { return from_canonical(point.manifest, ToySpecs()); }

std::vector<const PlanPoint*> with_role(const Plan& plan, Role role) {
  std::vector<const PlanPoint*> points;
  for (const auto& point : plan.points) {
    if (point.role == role) points.push_back(&point);
  }
  return points;
}

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

TEST(Plan, StoredManifestsReadBackToTheSamePoint) {
  const auto plan = plan_of(
      {"seeds.count=2", "slots.prompt=[{use: spatial_channel, count: 2}]",
       "slots.fusion=[{use: gated}, {use: prompt_decode}]", "recipe.clip_norm=10",
       "recipe.groups=[{match: 'encoder.*', lr_scale: 0.1, weight_decay: 0, frozen: true}]",
       "recipe.optimizer={use: sgd, lr: 0.1}", "recipe.schedule={use: cosine, warmup: 10}",
       "select={metric: semseg.mIoU}", "recipe.threads=2",
       "recipe.init_from={from: @latest, partial: true, rename: {a.b: c}}", "notes='ä\"'",
       "tags=[a]", "data.noise=1", "matrix={slots.embedding.use: [patch]}", "probes=[memory]",
       "baselines=[single_task, {single_task: plain}, {multi_task: {label: m, "
       "slots.prompt: []}}]"});
  ASSERT_GT(plan.points.size(), 8u);
  for (const auto& point : plan.points) {
    const auto manifest = manifest_of(point);
    EXPECT_EQ(canonical_text(manifest), point.manifest);
    EXPECT_EQ(point_id(manifest, ""), point.point_id);
    EXPECT_EQ(manifest.seed, point.seed);
  }
}

TEST(Plan, AStoredManifestBringsItsProtocol) {
  const auto manifest = manifest_of(plan_of({}).points.front());
  EXPECT_EQ(manifest.protocol.id(), "toy/1");
  EXPECT_EQ(manifest.protocol.height, 32);
  EXPECT_EQ(manifest.protocol.split("train")->count, 10);
  EXPECT_EQ(manifest.task("semseg")->task.params.integer("classes"), 5);
  EXPECT_EQ(manifest.data.dataset.params.integer("side"), 8);
}

TEST(Plan, SingleTaskBaselinesAreOneTaskWithFixedWeightOne) {
  const auto plan = plan_of({"recipe.steps=77", "recipe.balancer={use: uncertainty}",
                             "recipe.balancer.weights.depth=5", "select={metric: depth.rmse}",
                             "recipe.groups=[{match: head.depth.*}, {match: encoder.*}]",
                             "slots.fusion=[{use: gated}]", "baselines=[single_task]"});
  const auto points = with_role(plan, Role::kSingleTask);
  ASSERT_EQ(points.size(), 2u);
  const auto semseg = manifest_of(*points[0]);
  EXPECT_THAT(semseg.task_names(), testing::ElementsAre("semseg"));
  EXPECT_EQ(semseg.recipe.balancer.module.use, "fixed");
  EXPECT_THAT(semseg.recipe.balancer.weights, testing::ElementsAre(testing::Pair("semseg", 1.0)));
  EXPECT_EQ(semseg.recipe.steps, 77);
  EXPECT_EQ(semseg.slots.fusion.size(), 1u);
  EXPECT_TRUE(semseg.select.is_last) << "depth.rmse is a metric of an absent task";
  ASSERT_EQ(semseg.recipe.groups.size(), 1u);
  EXPECT_EQ(semseg.recipe.groups[0].match, "encoder.*");
  const auto depth = manifest_of(*points[1]);
  EXPECT_EQ(depth.recipe.balancer.weights.at("depth"), 1.0);
  EXPECT_EQ(depth.select.metric, "rmse");
  EXPECT_EQ(depth.recipe.groups.size(), 2u);
}

TEST(Plan, PlainBaselinesHaveNoPromptsAndNoFusion) {
  const auto plan = plan_of({"slots.fusion=[{use: gated}]", "slots.prompt=[{use: task_tokens}]",
                             "baselines=[{single_task: plain}]"});
  for (const auto* point : with_role(plan, Role::kSingleTask)) {
    EXPECT_TRUE(manifest_of(*point).slots.fusion.empty());
    EXPECT_TRUE(manifest_of(*point).slots.prompt.empty());
  }
  EXPECT_EQ(with_role(plan, Role::kSingleTask).size(), 2u);
}

TEST(Plan, EveryPointIdStandsOnce) {
  const auto plan = plan_of({"matrix={slots.fusion: [[], [{use: gated}], [{use: prompt_decode}]]}",
                             "seeds.count=3", "baselines=[single_task, {single_task: plain}]"});
  std::set<std::string> ids;
  for (const auto& point : plan.points) EXPECT_TRUE(ids.insert(point.point_id).second);
  // 3 cells; single tasks: 2 tasks x 3 chains, of which the empty one is the plain one.
  EXPECT_EQ(plan.points.size(), 3u * (3 + 6));
}

TEST(Plan, BaselinesKnowTheCellsThatTheyServe) {
  const auto plan = plan_of({"matrix={slots.fusion: [[{use: gated}], [{use: prompt_decode}]]}",
                             "baselines=[{single_task: plain}, single_task]"});
  for (const auto* point : with_role(plan, Role::kSingleTask)) {
    const bool is_plain = point->label == "single task, plain";
    EXPECT_EQ(point->baseline_of().size(), is_plain ? 2u : 1u) << point->label;
  }
}

TEST(Plan, ACellThatEqualsAMultiTaskBaselineStaysAVariantAndIsTheBaselineToo) {
  const auto fixed =
      plan_of({"matrix={slots.embedding.use: [patch, triple]}", "slots.embedding={use: patch}",
               "baselines=[{multi_task: {label: theirs, slots.embedding.use: triple}}]"});
  // The override of slots.embedding fixes the axis; "triple" is left to the baseline alone.
  ASSERT_EQ(fixed.points.size(), 2u);
  EXPECT_EQ(fixed.points[1].label, "theirs");
  EXPECT_EQ(fixed.points[1].role, Role::kMultiTask);
  const auto same =
      plan_of({"matrix={slots.embedding.use: [patch, triple]}",
               "baselines=[{multi_task: {label: theirs, slots.embedding.use: triple}}]"});
  ASSERT_EQ(same.points.size(), 2u);
  EXPECT_EQ(same.points[1].role, Role::kVariant);
  EXPECT_EQ(same.points[1].label, "triple");
  ASSERT_EQ(same.points[1].serves_as.size(), 1u);
  EXPECT_EQ(same.points[1].serves_as[0].role, Role::kMultiTask);
  EXPECT_EQ(same.points[1].serves_as[0].name, "theirs");
  EXPECT_TRUE(same.points[1].serves_as[0].of.empty()) << "of all variants";
}

TEST(Plan, SingleTaskBaselinesMayHaveTheirOwnRecipe) {
  const auto plan =
      plan_of({"slots.fusion=[{use: gated}]", "recipe.optimizer.lr=0.01",
               "baselines=[single_task, {single_task: {label: slow, recipe.schedule.use: cosine}}, "
               "{single_task: {label: bare, plain: true, recipe.batch: 9}}]"});
  const auto points = with_role(plan, Role::kSingleTask);
  ASSERT_EQ(points.size(), 6u);  // three baselines of two tasks
  EXPECT_EQ(points[0]->label, "single task");
  EXPECT_EQ(manifest_of(*points[0]).recipe.schedule.use, "poly");
  EXPECT_EQ(points[2]->label, "slow");
  EXPECT_EQ(manifest_of(*points[2]).recipe.schedule.use, "cosine");
  EXPECT_EQ(manifest_of(*points[2]).slots.fusion.size(), 1u);
  EXPECT_EQ(manifest_of(*points[2]).recipe.optimizer.lr, 0.01) << "the command line counts";
  EXPECT_EQ(points[5]->label, "bare");
  EXPECT_EQ(manifest_of(*points[5]).recipe.batch, 9);
  EXPECT_TRUE(manifest_of(*points[5]).slots.fusion.empty());
}

TEST(Plan, AnObjectThatChangesNothingIsTheSimpleForm) {
  const auto simple = plan_of({"baselines=[single_task, {single_task: plain}]"});
  const auto objects = plan_of({"baselines=[{single_task: {}}, {single_task: {plain: true}}]"});
  EXPECT_EQ(simple.canonical(), objects.canonical());
}

// Cell 2e-3 trains as the baseline "tuned" does, so "tuned" has no single-task points of its own
// there; cell 1e-3 has both.
TEST(Plan, PointsThatSeveralSingleTaskBaselinesShareServeEach) {
  const auto plan =
      plan_of({"matrix={rate: [{label: low, recipe.optimizer.lr: 1e-3}, "
               "{label: high, recipe.optimizer.lr: 2e-3}]}",
               "baselines=[single_task, {single_task: {label: tuned, recipe.optimizer.lr: 2e-3}}]",
               "tasks={depth: {}, semseg: {}}"});
  const auto points = with_role(plan, Role::kSingleTask);
  ASSERT_EQ(points.size(), 4u);
  const auto& own = points[0]->serves_as;  // depth at 1e-3
  EXPECT_EQ(points[0]->label, "single task: low");
  ASSERT_EQ(own.size(), 1u);
  EXPECT_THAT(own[0].of, testing::ElementsAre("low"));
  const auto& shared = points[2]->serves_as;  // depth at 2e-3
  EXPECT_EQ(points[2]->label, "tuned");
  ASSERT_EQ(shared.size(), 2u);
  EXPECT_EQ(shared[0].name, "tuned");
  EXPECT_THAT(shared[0].of, testing::ElementsAre("low", "high"));
  EXPECT_EQ(shared[1].name, "single task");
  EXPECT_THAT(shared[1].of, testing::ElementsAre("high"));
}

TEST(Plan, ACellMaySetKeysOfTheRecipe) {
  const auto plan =
      plan_of({"matrix={rate: [{label: a, recipe.optimizer.lr: 5e-3}, "
               "{label: b, recipe.schedule.use: cosine, recipe.steps: 7}]}"});
  ASSERT_EQ(plan.points.size(), 2u);
  EXPECT_EQ(plan.points[0].label, "a");
  EXPECT_EQ(manifest_of(plan.points[0]).recipe.optimizer.lr, 5e-3);
  EXPECT_EQ(manifest_of(plan.points[1]).recipe.optimizer.lr, 1e-3);
  EXPECT_EQ(manifest_of(plan.points[1]).recipe.schedule.use, "cosine");
  EXPECT_EQ(manifest_of(plan.points[1]).recipe.steps, 7);
}

TEST(Plan, BaselinesObeyTheCommandLineButKeepTheirModules) {
  const auto plan =
      plan_of({"baselines=[{multi_task: {label: b, slots.embedding.use: triple, "
               "recipe.steps: 50}}]",
               "recipe.steps=2", "slots.embedding.stride=8", "~slots.embedding.stride"});
  const auto baseline = manifest_of(*with_role(plan, Role::kMultiTask).front());
  EXPECT_EQ(baseline.recipe.steps, 2);
  EXPECT_EQ(baseline.slots.embedding.use, "triple");
}

TEST(Plan, AModuleWithAParameterCalledLabelIsAPlainAxisValue) {
  ToySpecs specs;
  specs.add("fusion", Spec("named", "n").param("label", "a", "some text"));
  const auto varied = plan_of({"slots.fusion=[{use: gated}]",
                               "matrix={slots.fusion.0: [{use: named, label: b}, {use: gated}]}"},
                              specs);
  ASSERT_EQ(varied.points.size(), 2u);
  EXPECT_EQ(varied.points[0].label, "named");
}

TEST(Plan, IsTheSameTwice) {
  const Overrides overrides = {"matrix={recipe.batch: [1, 2]}", "baselines=[single_task]"};
  EXPECT_EQ(plan_of(overrides).canonical(), plan_of(overrides).canonical());
}

TEST(Plan, RefusesStudiesWithoutEnd) {
  std::string axis = "[";
  for (int i = 1; i <= 100; ++i) axis += (i > 1 ? "," : "") + std::to_string(i);
  axis += "]";
  const auto planned =
      plan_study(kCases + "base.json",
                 {"matrix={recipe.steps: " + axis + ", recipe.batch: " + axis +
                  ", recipe.log_every: " + axis + ", recipe.workers: " + axis + "}"},
                 ToySpecs(), toy_options());
  ASSERT_EQ(planned.problems.size(), 1u);
  EXPECT_EQ(planned.problems[0].code, "manifest.125");
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

TEST(Check, ThePlanKeepsTheTreeForLaterProblems) {
  const auto planned =
      plan_study(kCases + "base.json", {"slots.embedding.stride=3"}, ToySpecs(), toy_options());
  EXPECT_EQ(locate(planned.tree, "/slots/encoder").line, 6);
  EXPECT_EQ(locate(planned.tree, "/slots/embedding/stride").file_name(), "command line");
}

TEST(Codes, AreAllProvokedBySomeTest) {
  std::ifstream list(std::string(TRIPTYCH_SOURCE_DIR) + "/platform/docs/errors.d/manifest.md");
  std::string corpus;
  for (const auto& folder :
       {fs::path(kCases), fs::path(TRIPTYCH_SOURCE_DIR) / "tests/unit/manifest"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path());
      corpus.append(std::istreambuf_iterator<char>(stream), {});
    }
  }
  int num_codes = 0;
  for (std::string line; std::getline(list, line);) {
    const auto start = line.find("manifest.");
    ASSERT_NE(start, std::string::npos) << line;
    const auto code = line.substr(start, 12);
    EXPECT_NE(corpus.find(code), std::string::npos) << code << " is provoked by no test";
    ++num_codes;
  }
  EXPECT_GE(num_codes, 40);
}

}  // namespace
}  // namespace triptych::manifest
