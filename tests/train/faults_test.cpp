/// Runs in which something goes wrong: each ends as failed with its code and its reason, or goes on
/// with a warning.
#include <gmock/gmock.h>

#include <triptych/error.h>

#include "fixture.h"
#include "triptych/train/trainer.h"

namespace triptych::train {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A head for depth that fails in that way at its third training pass.
manifest::Manifest with_faulty_head(const std::string& kind) {
  manifest::Manifest manifest = tiny(6);
  manifest.tasks[1].head = choice("head", "faulty", {{"kind", kind}, {"at", std::int64_t{3}}});
  return manifest;
}

/// A run that is stopped after the first `steps`.
void begin(const manifest::Manifest& manifest, const Folder& folder, Journal& journal, int steps) {
  int asked = 0;
  const auto outcome =
      run_training(plan_of(manifest, folder.path()), journal, [&] { return ++asked == steps; });
  ASSERT_EQ(outcome.status, RunStatus::kInterrupted) << outcome.reason;
}

TEST(Faults, NotFiniteLossFailsNamingTaskTermAndSteps) {
  manifest::Manifest manifest = tiny(20);
  manifest.tasks[1].head =
      choice("head", "faulty", {{"kind", std::string("nan")}, {"at", std::int64_t{6}}});
  const Trained run(manifest);
  EXPECT_EQ(run.outcome.status, RunStatus::kFailed);
  EXPECT_EQ(run.outcome.code, "train.040");
  EXPECT_THAT(run.outcome.reason, HasSubstr("depth"));
  EXPECT_THAT(run.outcome.reason, HasSubstr("at step 6"));
  EXPECT_THAT(run.journal.checkpoints, ElementsAre(5));  // never one with a NaN
}

TEST(Faults, ExceptionInAPluginFailsWithItsName) {
  manifest::Manifest manifest = tiny(20);
  manifest.tasks[1].head = choice("head", "faulty", {{"at", std::int64_t{3}}});
  const Trained run(manifest);
  EXPECT_EQ(run.outcome.status, RunStatus::kFailed);
  EXPECT_EQ(run.outcome.code, "contract.241");
  EXPECT_EQ(run.outcome.steps, 2);
  EXPECT_THAT(run.outcome.reason, HasSubstr("faulty"));
  EXPECT_THAT(run.outcome.reason, HasSubstr("this head gave up"));
}

TEST(Faults, WhatIsNoExceptionFailsTheRunToo) {
  const Trained run(with_faulty_head("number"));
  EXPECT_EQ(run.outcome.status, RunStatus::kFailed);
  EXPECT_EQ(run.outcome.code, "contract.241");
  EXPECT_EQ(run.outcome.steps, 2);
  EXPECT_THAT(run.outcome.reason, AllOf(HasSubstr("faulty"), HasSubstr("not a std::exception")));
}

TEST(Faults, WhatIsNoExceptionOfABalancerFailsTheRunToo) {
  manifest::Manifest manifest = tiny(4);
  manifest.recipe.balancer.module = choice("balancer", "learned", {{"throws_at", std::int64_t{2}}});
  const Trained run(manifest);
  EXPECT_EQ(run.outcome.code, "train.042");
  EXPECT_EQ(run.outcome.steps, 2);
  EXPECT_THAT(run.outcome.reason,
              AllOf(HasSubstr("balancer 'learned'"), HasSubstr("not a std::exception")));
}

TEST(Faults, OutOfMemoryFailsWithARemedy) {
  manifest::Manifest manifest = tiny(20);
  manifest.tasks[1].head = choice("head", "faulty", {{"kind", std::string("memory")}});
  const Trained run(manifest);
  EXPECT_EQ(run.outcome.status, RunStatus::kFailed);
  EXPECT_EQ(run.outcome.code, "train.041");
  EXPECT_THAT(run.outcome.reason,
              AllOf(HasSubstr(". Use a smaller recipe.batch"), testing::Not(HasSubstr(".."))));
}

TEST(Faults, BadDataFailsWithTheNameOfTheFile) {
  manifest::Manifest manifest = tiny(20);
  manifest.data.dataset = choice("dataset", "squares", {{"fault", std::string("file")}});
  const Trained named(manifest);
  EXPECT_EQ(named.outcome.status, RunStatus::kFailed);
  EXPECT_THAT(named.outcome.reason, HasSubstr("squares/train/3.png"));
  manifest.data.dataset = choice("dataset", "squares", {{"fault", std::string("throw")}});
  const Trained unnamed(manifest);
  EXPECT_EQ(unnamed.outcome.status, RunStatus::kFailed);
  EXPECT_THAT(unnamed.outcome.reason, HasSubstr("the disk is on fire"));
  EXPECT_THAT(unnamed.outcome.reason, HasSubstr("squares"));
}

TEST(Faults, DeviceThatIsNotThereFails) {
  const manifest::Manifest manifest = tiny(2);
  Folder folder;
  Journal journal(folder.path());
  RunPlan plan = plan_of(manifest, folder.path());
  plan.device = "cuda:99";
  const TrainOutcome outcome = run_training(plan, journal, never);
  EXPECT_EQ(outcome.code, "train.050");
}

TEST(Faults, ErrorOfTheStorePassesThrough) {
  const manifest::Manifest manifest = tiny(8);
  Folder folder;
  Journal journal(folder.path());
  journal.on_checkpoint = [](std::int64_t) {
    throw Error("store.006", "x.db", "the disk is full");
  };
  EXPECT_THROW((void)run_training(plan_of(manifest, folder.path()), journal, never), Error);
}

TEST(Faults, BackwardPassOfAPluginFailsWithItsText) {
  const Trained run(with_faulty_head("backward"));
  EXPECT_EQ(run.outcome.status, RunStatus::kFailed);
  EXPECT_EQ(run.outcome.code, "train.042");
  EXPECT_EQ(run.outcome.steps, 2);
  EXPECT_THAT(run.outcome.reason, HasSubstr("this gradient gave up"));
}

TEST(Faults, GroupOfASlotThatIsEmptyIsAWarning) {
  manifest::Manifest manifest = tiny(1);
  manifest.recipe.groups = {{.match = "prompt.*", .is_frozen = true}};
  const Trained run(manifest);
  EXPECT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  EXPECT_THAT(run.journal.warnings,
              Contains(AllOf(StartsWith("train.013"), HasSubstr("prompt.*"))));
}

TEST(Faults, WarningOfLibTorchIsAnEvent) {
  const Trained run(with_faulty_head("warning"));
  EXPECT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  EXPECT_THAT(run.journal.warnings, Contains("train.070 this head has doubts"));
}

TEST(Faults, WhatNobodyExpectedFailsTheRunWithItsText) {
  const manifest::Manifest manifest = tiny(8);
  Folder folder;
  Journal journal(folder.path());
  journal.on_checkpoint = [](std::int64_t) { throw std::runtime_error("a fuse has blown"); };
  const auto outcome = run_training(plan_of(manifest, folder.path()), journal, never);
  EXPECT_EQ(outcome.code, "train.043");
  EXPECT_THAT(outcome.reason, HasSubstr("a fuse has blown"));
}

TEST(Faults, BalancerThatNeedsGradientsOfEachTaskIsRefused) {
  manifest::Manifest manifest = tiny(2);
  manifest.recipe.balancer.module = choice("balancer", "gram");
  const Trained run(manifest);
  EXPECT_EQ(run.outcome.code, "train.012");
  EXPECT_THAT(run.outcome.reason,
              AllOf(HasSubstr("/recipe/balancer"), HasSubstr("'gram'"), HasSubstr("Use fixed")));
}

// Rows of 10^16 samples are more than a machine has, whatever it allows to be promised.
TEST(Faults, BatchThatNoMemoryHoldsFailsTheRun) {
  for (const std::int64_t workers : {0, 2}) {
    manifest::Manifest manifest = tiny(2);
    manifest.recipe.batch = std::int64_t{10'000'000'000'000'000};
    manifest.recipe.workers = workers;
    const Trained run(manifest);
    EXPECT_EQ(run.outcome.status, RunStatus::kFailed);
    EXPECT_EQ(run.outcome.code, "train.041") << run.outcome.reason;
  }
}

TEST(Faults, DamagedNewestCheckpointFallsBackWithAWarning) {
  const manifest::Manifest manifest = tiny(14);
  const Trained whole(manifest);
  Folder folder;
  Journal journal(folder.path());
  std::int64_t asked = 0;
  (void)run_training(plan_of(manifest, folder.path()), journal, [&] { return ++asked == 12; });
  fs::resize_file(folder.path() / "step-000012.safetensors", 1000);
  const TrainOutcome resumed = run_training(plan_of(manifest, folder.path()), journal, never);
  EXPECT_EQ(resumed.tensors_digest, whole.outcome.tensors_digest);
  EXPECT_THAT(journal.warnings, Contains(AllOf(HasSubstr("train.030"), HasSubstr("step-000012"))));
}

TEST(Faults, CheckpointOfAnotherManifestIsRefused) {
  const manifest::Manifest manifest = tiny(8);
  Folder folder;
  Journal journal(folder.path());
  std::int64_t asked = 0;
  (void)run_training(plan_of(manifest, folder.path()), journal, [&] { return ++asked == 5; });
  RunPlan plan = plan_of(manifest, folder.path());
  plan.identity = "another";
  const TrainOutcome outcome = run_training(plan, journal, never);
  EXPECT_EQ(outcome.status, RunStatus::kFailed);
  EXPECT_EQ(outcome.code, "train.031");
}

TEST(Faults, RunWhoseCheckpointsAreGoneStartsAnewWithAWarning) {
  const manifest::Manifest manifest = tiny(8);
  Folder folder;
  Journal journal(folder.path());
  begin(manifest, folder, journal, 5);
  fs::remove(folder.path() / "step-000005.safetensors");
  const auto resumed = run_training(plan_of(manifest, folder.path()), journal, never);
  EXPECT_EQ(resumed.tensors_digest, Trained(manifest).outcome.tensors_digest);
  EXPECT_THAT(journal.warnings, Contains(StartsWith("train.034 no checkpoint of step 5")));
}

TEST(Faults, RunThatGoesOnWithOtherThreadsWarns) {
  manifest::Manifest manifest = tiny(8);
  Folder folder;
  Journal journal(folder.path());
  begin(manifest, folder, journal, 5);
  manifest.recipe.threads = 2;
  EXPECT_EQ(run_training(plan_of(manifest, folder.path()), journal, never).status,
            RunStatus::kDone);
  EXPECT_THAT(journal.warnings, Contains(AllOf(StartsWith("train.033"), HasSubstr("threads = 2"))));
}

}  // namespace
}  // namespace triptych::train
