/// recipe.accumulate: an effective batch in several micro steps is the batch as a whole.
#include <gmock/gmock.h>

#include <triptych/data/loader.h>

#include "fixture.h"
#include "triptych/train/step.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

// Sums of float32 in another order.
constexpr double kTolerance = 2e-6;

/// A model with what updates it. In evaluation mode batch norm is a fixed map, so that samples of a
/// batch do not see each other.
struct Updated {
  manifest::Manifest manifest = tiny(10);
  std::shared_ptr<compose::Model> model =
      compose::compose(compose::check_contract(manifest, plugins()), 1);
  std::shared_ptr<Balancer> balancer = plugins().balancer("fixed").build(
      manifest.recipe.balancer.module.params, model->contract().heads.front().dims, {1, 0.5});
  at::Generator rng = make_generator(at::kCPU, 1);
  LossLog log;

  void run(const std::vector<Batch>& batches) {
    manifest.recipe.optimizer = {.use = "sgd", .lr = 0.1, .weight_decay = 0, .momentum = 0};
    manifest.recipe.schedule.use = "constant";
    manifest.recipe.clip_norm = 1;
    Optimizer optimizer{trainable(*model, *balancer), manifest.recipe.optimizer};
    model->eval();
    update({*model, *balancer, optimizer, manifest.recipe, at::kCPU, rng}, batches, 0, log);
  }
};

/// Samples [begin, end) of the squares as one batch. With partial labels every second one has no
/// depth.
Batch squares(std::int64_t begin, std::int64_t end, bool is_partial) {
  const auto params = choice("dataset", "squares", {{"is_partial", is_partial}}).params;
  const auto dataset = plugins().dataset("squares").build(
      params, {.image = {16, 24}, .splits = {{"train", {.count = 24, .seed = 1}}}});
  std::vector<Sample> samples;
  for (auto i = begin; i < end; ++i) samples.push_back(dataset->sample("train", i));
  return data::collated(samples, {"semseg", "depth"});
}

void expect_equal(const Updated& whole, const Updated& parts) {
  const auto expected = state_of(*whole.model);
  const auto start = state_of(*Updated().model);
  int num_moved = 0;
  for (const auto& [name, tensor] : state_of(*parts.model)) {
    EXPECT_TRUE(at::allclose(tensor.to(at::kDouble), expected.at(name).to(at::kDouble), kTolerance,
                             kTolerance))
        << name;
    num_moved += !at::equal(tensor, start.at(name));
  }
  EXPECT_GT(num_moved, 20);
  const auto a = whole.log.read();
  const auto b = parts.log.read();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].task + a[i].name, b[i].task + b[i].name);
    EXPECT_NEAR(a[i].value, b[i].value, 1e-5 * std::abs(a[i].value)) << a[i].task << a[i].name;
  }
}

TEST(Accumulate, TwoTimesTwoImagesAreFour) {
  Updated whole, parts;
  whole.run({squares(0, 4, false)});
  parts.run({squares(0, 2, false), squares(2, 4, false)});
  expect_equal(whole, parts);
}

// Samples 0, 2 and 4 have depth: one of the first two, two of the other three. A mean of means
// would give sample 0 a half of the loss, not a third.
TEST(Accumulate, NormalisesOverAllMicroStepsWhereLabelsAreMissing) {
  Updated whole, parts;
  whole.run({squares(0, 5, true)});
  parts.run({squares(0, 2, true), squares(2, 5, true)});
  expect_equal(whole, parts);
}

TEST(Accumulate, AMicroStepWithoutLabelsOfATaskChangesNothingForIt) {
  Updated whole, parts;
  whole.run({squares(0, 3, true)});
  parts.run({squares(0, 1, true), squares(1, 2, true), squares(2, 3, true)});
  expect_equal(whole, parts);
}

TEST(Accumulate, WithoutAnyLabelNothingMoves) {
  Updated parts;
  const Updated start;
  auto batch = squares(1, 2, true);
  batch.targets.clear();
  parts.run({batch, batch});
  for (const auto& [name, tensor] : state_of(*start.model)) {
    EXPECT_TRUE(at::equal(tensor, state_of(*parts.model).at(name))) << name;
  }
}

TEST(Accumulate, StatisticsOfNormalisationMoveOncePerMicroStep) {
  Updated once, twice;
  const auto batch = squares(0, 4, false);
  const auto count = [](const Updated& updated) {
    for (const auto& [name, tensor] : state_of(*updated.model)) {
      if (name.ends_with("num_batches_tracked")) return tensor.item<std::int64_t>();
    }
    return std::int64_t{-1};
  };
  Optimizer optimizer{trainable(*twice.model, *twice.balancer), twice.manifest.recipe.optimizer};
  twice.model->train();
  update({*twice.model, *twice.balancer, optimizer, twice.manifest.recipe, at::kCPU, twice.rng},
         std::vector<Batch>{batch, batch}, 0, twice.log);
  EXPECT_EQ(count(once), 0);
  EXPECT_EQ(count(twice), 2);
}

TEST(Accumulate, RunsGoOnFromTheSameSamples) {
  manifest::Manifest manifest = tiny(6);
  manifest.recipe.batch = 2;
  manifest.recipe.accumulate = 2;
  manifest.recipe.checkpoint_every = 0;
  const auto run = [&](Folder& folder, const Stop& stop) {
    Journal journal(folder.path());
    return run_training(plan_of(manifest, folder.path()), journal, stop);
  };
  Folder whole, halted;
  const auto expected = run(whole, [] { return false; });
  ASSERT_EQ(expected.status, RunStatus::kDone) << expected.reason;
  int calls = 0;
  const auto stopped = run(halted, [&] { return ++calls == 3; });
  ASSERT_EQ(stopped.status, RunStatus::kInterrupted) << stopped.reason;
  const auto resumed = run(halted, [] { return false; });
  EXPECT_EQ(resumed.tensors_digest, expected.tensors_digest);
}

}  // namespace
}  // namespace triptych::train
