/// Whole runs of a tiny model, in this process.
#include "triptych/train/trainer.h"

#include <gmock/gmock.h>

#include <triptych/error.h>

#include "fixture.h"
#include "triptych/train/checkpoint.h"
#include "triptych/train/safetensors.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Training, LearnsTheSquares) {
  manifest::Manifest manifest = tiny(160);
  manifest.recipe.evaluate_every = 80;
  const Trained run(manifest);
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  EXPECT_EQ(run.outcome.steps, 160);
  // A square covers 64 of 384 pixels. Everything labelled ground: (5/6 + 0 + 0) / 3 = 0.28.
  EXPECT_GT(run.journal.finals.at("semseg mIoU test"), 0.5);
  // The best constant depth is wrong by sqrt(1/6 * 5/6) * 6 m = 2.24 m.
  EXPECT_LT(run.journal.finals.at("depth rmse test"), 2.2);
  EXPECT_LT(run.journal.curves.at("semseg loss train 160"),
            run.journal.curves.at("semseg loss train 4"));
  EXPECT_THAT(run.journal.mains, ElementsAre("semseg.mIoU", "depth.rmse"));
}

TEST(Training, ReportsCurvesStatisticsPicturesAndProbes) {
  manifest::Manifest manifest = tiny(20);
  manifest.recipe.evaluate_every = 10;
  const Trained run(manifest);
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  for (const auto* key :
       {"semseg loss train 4", "depth loss train 20", "all loss train 8", "all lr train 20",
        "semseg mIoU val 10", "depth rmse val 20", "depth rmse test 20"}) {
    EXPECT_TRUE(run.journal.curves.contains(key)) << key;
  }
  EXPECT_FALSE(run.journal.curves.contains("semseg loss train 5"));
  // 7 images of 16 x 24 pixels: true positives and false negatives of all classes are all pixels.
  double pixels = 0;
  for (const auto& [key, value] : run.journal.images) {
    EXPECT_NE(value, 0) << key;
    if (key.find("semseg") == 0 && (key.find("tp.") != key.npos || key.find("fn.") != key.npos)) {
      pixels += value;
    }
  }
  EXPECT_EQ(pixels, 7 * 16 * 24);
  // Input, and prediction and target of both tasks, of the first four images.
  EXPECT_EQ(run.journal.pictures.size(), 4u * 5u);
  EXPECT_EQ(run.journal.pictures.front(), "input  test0");
  EXPECT_THAT(run.journal.pictures, Contains("target depth test3"));
  for (const auto& start : run.journal.png_starts) EXPECT_EQ(start, "\x89PNG");
  EXPECT_EQ(run.journal.probes.at("step total samples"), 17);  // three of 20 are warm-up
  EXPECT_GT(run.journal.probes.at("step total p50_ms"), 0);
  EXPECT_LE(run.journal.probes.at("step total data_wait_share"), 1);
  EXPECT_THAT(run.journal.probe_reasons.at("step total p90_ms"), HasSubstr("needs 64 steps"));
  EXPECT_THAT(run.journal.checkpoints, ElementsAre(5, 10, 15, 20));
}

TEST(Training, SameManifestAndSeedGiveTheSameBits) {
  const Trained first(tiny(12)), second(tiny(12));
  ASSERT_EQ(first.outcome.status, RunStatus::kDone) << first.outcome.reason;
  EXPECT_EQ(first.outcome.tensors_digest, second.outcome.tensors_digest);
  EXPECT_EQ(first.journal.finals, second.journal.finals);
  EXPECT_EQ(first.journal.images, second.journal.images);
  EXPECT_EQ(first.journal.curves, second.journal.curves);
}

TEST(Training, AnotherSeedGivesOtherBits) {
  manifest::Manifest other = tiny(3);
  other.seed = 2;
  EXPECT_NE(Trained(tiny(3)).outcome.tensors_digest, Trained(other).outcome.tensors_digest);
}

TEST(Training, NumberOfWorkersChangesNoBit) {
  std::vector<std::string> digests;
  for (const std::int64_t workers : {0, 1, 3}) {
    manifest::Manifest manifest = tiny(9);
    manifest.recipe.workers = workers;
    const Trained run(manifest);
    ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
    digests.push_back(run.outcome.tensors_digest);
  }
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(digests[0], digests[2]);
}

TEST(Training, IntervalsChangeNoBit) {
  manifest::Manifest manifest = tiny(9);
  manifest.recipe.log_every = 1;
  manifest.recipe.checkpoint_every = 2;
  manifest.recipe.evaluate_every = 3;
  EXPECT_EQ(Trained(manifest).outcome.tensors_digest, Trained(tiny(9)).outcome.tensors_digest);
}

TEST(Training, IntervalsLongerThanTheRunMeanItsEnd) {
  manifest::Manifest manifest = tiny(2);
  manifest.recipe.log_every = manifest.recipe.checkpoint_every = manifest.recipe.evaluate_every =
      1000;
  manifest.recipe.schedule.warmup = 1000;
  const Trained run(manifest);
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  EXPECT_TRUE(run.journal.curves.contains("all loss train 2"));
  EXPECT_TRUE(run.journal.curves.contains("semseg mIoU val 2"));
  EXPECT_THAT(run.journal.checkpoints, ElementsAre(2));
  EXPECT_DOUBLE_EQ(run.journal.curves.at("all lr train 2"), manifest.recipe.optimizer.lr);
}

TEST(Training, StopsAfterTheStepAndGoesOnBitByBit) {
  manifest::Manifest manifest = tiny(14);
  manifest.recipe.evaluate_every = 4;
  const Trained whole(manifest);
  for (const std::int64_t at : {1, 5, 7, 13, 14}) {
    Folder folder;
    Journal journal(folder.path());
    std::int64_t asked = 0;
    const TrainOutcome stopped =
        run_training(plan_of(manifest, folder.path()), journal, [&] { return ++asked == at; });
    EXPECT_EQ(stopped.status, RunStatus::kInterrupted) << stopped.reason;
    EXPECT_EQ(stopped.steps, at);
    EXPECT_EQ(recorded_step(folder.path()), at);
    const TrainOutcome resumed = run_training(plan_of(manifest, folder.path()), journal, never);
    ASSERT_EQ(resumed.status, RunStatus::kDone) << resumed.reason;
    EXPECT_EQ(resumed.tensors_digest, whole.outcome.tensors_digest) << "stopped at " << at;
    EXPECT_EQ(journal.curves, whole.journal.curves) << "stopped at " << at;
    EXPECT_EQ(journal.images, whole.journal.images);
    EXPECT_TRUE(journal.warnings.empty()) << journal.warnings.front();
  }
}

TEST(Training, BestWeightsAreSelectedAndSurviveAResume) {
  manifest::Manifest manifest = tiny(20);
  manifest.recipe.evaluate_every = 4;
  manifest.recipe.optimizer.lr = 0.05;
  manifest.select = {.is_last = false, .task = "depth", .metric = "rmse", .split = "val"};
  const Trained whole(manifest);
  ASSERT_EQ(whole.outcome.status, RunStatus::kDone) << whole.outcome.reason;
  const TensorFile weights = read_safetensors(whole.outcome.weights);
  std::int64_t best_step = 0;
  double best = 1e9;
  for (std::int64_t step = 4; step <= 20; step += 4) {
    const double value = whole.journal.curves.at("depth rmse val " + std::to_string(step));
    if (value < best) std::tie(best, best_step) = std::pair(value, step);
  }
  EXPECT_EQ(weights.metadata.at("step"), std::to_string(best_step));

  Folder folder;
  Journal journal(folder.path());
  std::int64_t asked = 0;
  (void)run_training(plan_of(manifest, folder.path()), journal, [&] { return ++asked == 18; });
  const TrainOutcome resumed = run_training(plan_of(manifest, folder.path()), journal, never);
  EXPECT_EQ(read_safetensors(resumed.weights).metadata.at("step"), std::to_string(best_step));
  EXPECT_EQ(journal.finals, whole.journal.finals);
}

TEST(Training, LossOfPartlyLabelledBatchIsThatOfTheLabelledSamples) {
  // No learning: the loss over 24 images of which 12 have depth, against a run that sees those 12.
  manifest::Manifest manifest = tiny(6);
  manifest.recipe.optimizer = {.use = "sgd", .lr = 0, .weight_decay = 0, .momentum = 0};
  manifest.recipe.log_every = 6;
  manifest.recipe.augment = {};
  manifest.slots.encoder.params = manifest.slots.encoder.params.with("norm", std::string("group"));
  manifest.recipe.batch = 24;
  manifest.recipe.steps = manifest.recipe.log_every = 1;
  const Trained full(manifest);
  manifest.data.dataset = choice("dataset", "squares", {{"is_partial", true}});
  const Trained partial(manifest);
  ASSERT_EQ(partial.outcome.status, RunStatus::kDone) << partial.outcome.reason;
  EXPECT_EQ(full.journal.curves.at("semseg loss train 1"),
            partial.journal.curves.at("semseg loss train 1"));
  const double all = full.journal.curves.at("depth loss train 1");
  const double half = partial.journal.curves.at("depth loss train 1");
  EXPECT_NEAR(half, all, 0.5 * all);  // a mean over 12 images, not half of one over 24
  EXPECT_NE(half, all);
}

TEST(Training, FrozenPartsStayAsTheyWere) {
  manifest::Manifest manifest = tiny(6);
  manifest.recipe.groups = {{.match = "encoder.*weight", .is_frozen = true}};
  const Trained run(manifest), start(tiny(1));
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  manifest::Manifest untrained = tiny(1);
  untrained.recipe.optimizer = {.use = "sgd", .lr = 0, .weight_decay = 0, .momentum = 0};
  const Trained initial(untrained);
  const auto trained = read_weights(run.outcome.weights),
             before = read_weights(initial.outcome.weights);
  int frozen = 0, moved = 0;
  for (const auto& [name, tensor] : trained) {
    if (name.starts_with("encoder.") && name.ends_with("weight")) {
      EXPECT_TRUE(torch::equal(tensor, before.at(name))) << name;
      ++frozen;
    } else if (name.ends_with("weight") && !torch::equal(tensor, before.at(name))) {
      ++moved;
    }
  }
  EXPECT_GT(frozen, 3);
  EXPECT_GT(moved, 3);
}

TEST(Training, BfloatRunsAndDiffersFromFloat) {
  manifest::Manifest manifest = tiny(4);
  manifest.recipe.precision = "bfloat16";
  const Trained run(manifest);
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  EXPECT_NE(run.outcome.tensors_digest, Trained(tiny(4)).outcome.tensors_digest);
  EXPECT_NEAR(run.journal.curves.at("all loss train 4"),
              Trained(tiny(4)).journal.curves.at("all loss train 4"),
              0.1 * run.journal.curves.at("all loss train 4"));
}

}  // namespace
}  // namespace triptych::train
