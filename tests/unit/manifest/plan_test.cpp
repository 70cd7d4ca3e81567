// What a study expands to.
#include "plan_fixture.h"

#include <set>

#include "triptych/manifest/reader.h"

namespace triptych::manifest {
namespace {

std::vector<const PlanPoint*> with_role(const Plan& plan, Role role) {
  std::vector<const PlanPoint*> points;
  for (const auto& point : plan.points) {
    if (point.role == role) points.push_back(&point);
  }
  return points;
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

}  // namespace
}  // namespace triptych::manifest
