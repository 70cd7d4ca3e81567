#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <triptych/core/clock.h>
#include <triptych/error.h>

#include "fixture.h"

namespace triptych::store {
namespace {

class PlanTest : public InFolder {};

Store make(const std::filesystem::path& path, const Plan& plan) {
  auto store = Store::open(path, Mode::read_write);
  store.freeze(plan);
  return store;
}

TEST_F(PlanTest, IsReadBackAsItWasFrozen) {
  auto plan = small_plan(2);
  plan.points[1].role = "single_task";
  plan.points[1].serves_as = {{"single_task", "tuned", {"a, \"b\"\n", "c"}},
                              {"multi_task", "theirs", {}}};
  const auto store = make(database(), plan);
  const auto read = store.plan("demo");
  ASSERT_EQ(read.points.size(), 2U);
  EXPECT_EQ(read.protocol, "streets-small/1");
  EXPECT_EQ(read.points[1].role, "single_task");
  ASSERT_EQ(read.points[1].serves_as.size(), 2U);
  EXPECT_EQ(read.points[1].serves_as[0].of, plan.points[1].serves_as[0].of);
  EXPECT_EQ(read.points[1].serves_as[0].name, "tuned");
  EXPECT_EQ(read.points[1].serves_as[1].role, "multi_task");
  EXPECT_TRUE(read.points[1].serves_as[1].of.empty());
  EXPECT_EQ(read.points[1].seed, 2);
}

TEST_F(PlanTest, ReadsTheLabelsThatEarlierVersionsWrote) {
  auto plan = small_plan(1);
  plan.points[0].role = "single_task";
  const auto store = make(database(), plan);
  SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE plan_point SET baseline_of = '[\"a\", \"b\"]'");
  const auto uses = store.plan("demo").points[0].serves_as;
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].role, "single_task");
  EXPECT_THAT(uses[0].of, testing::ElementsAre("a", "b"));
}

TEST_F(PlanTest, TheNewestOfAStudysNameWins) {
  auto store = make(database(), small_plan(3));
  store.freeze(small_plan(2, "demo", "other"));
  EXPECT_EQ(store.points("demo").size(), 2U);
  store.freeze(small_plan(3));  // the first one again
  EXPECT_EQ(store.points("demo").size(), 3U);
  EXPECT_EQ(store.studies().size(), 1U);
}

// Paths, probes and intervals are no part of a point's identity.
TEST_F(PlanTest, ThePointsNewestManifestCountsUntilItIsDone) {
  auto store = make(database(), small_plan(1));
  const auto freeze_with = [&store](const std::string& manifest) {
    auto plan = small_plan(1);
    plan.points[0].manifest = plan.manifest = manifest;
    store.freeze(plan);
    return store.plan("demo").points[0].manifest;
  };
  EXPECT_EQ(freeze_with(R"({"root":"moved"})"), R"({"root":"moved"})");
  store.writer(*store.claim_next("demo"))->finish("done", "", 1);
  EXPECT_EQ(freeze_with(R"({"root":"again"})"), R"({"root":"moved"})");
}

TEST_F(PlanTest, OfAnUnknownStudyNamesTheNearest) {
  const auto store = make(database(), small_plan(1, "streets"));
  try {
    (void)store.plan("street");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.005");
    EXPECT_EQ(error.problem().suggestion, "Did you mean \"streets\"?");
  }
}

TEST_F(PlanTest, GivesEachPointOnceInOrder) {
  auto store = make(database(), small_plan(2));
  const auto first = store.claim_next("demo");
  const auto second = store.claim_next("demo");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->point.point_id, "point0");
  EXPECT_EQ(second->point.point_id, "point1");
  EXPECT_FALSE(first->is_continued);
  EXPECT_FALSE(store.claim_next("demo"));  // both run in this process, which lives
}

TEST_F(PlanTest, PassesOverPointsThatAnotherStudyHasDone) {
  auto store = make(database(), small_plan(2, "first"));
  const auto claim = store.claim_next("first");
  store.writer(*claim)->finish("done", "", 10);
  store.freeze(small_plan(2, "second"));
  EXPECT_EQ(store.points("second")[0].status, "done");
  EXPECT_EQ(store.claim_next("second")->point.point_id, "point1");
  EXPECT_EQ(store.run(claim->run_id).study, "first");  // the study that ran it
}

TEST_F(PlanTest, TakesOnlyTheWantedPoints) {
  auto store = make(database(), small_plan(3));
  const ClaimOptions only{.only = {"point2"}, .device = "cpu", .retry_failed_before = ""};
  EXPECT_EQ(store.claim_next("demo", only)->point.point_id, "point2");
  EXPECT_FALSE(store.claim_next("demo", only));
}

TEST_F(PlanTest, LeavesFailedPointsAloneUnlessAskedTo) {
  auto store = make(database(), small_plan(1));
  const auto first = store.claim_next("demo");
  store.writer(*first)->finish("failed", "the loss is NaN at step 3", 3);
  EXPECT_FALSE(store.claim_next("demo"));
  EXPECT_EQ(store.points("demo")[0].reason, "the loss is NaN at step 3");

  usleep(2000);  // moments have milliseconds
  const ClaimOptions retry{.only = {}, .device = "cpu", .retry_failed_before = core::utc_now()};
  const auto second = store.claim_next("demo", retry);
  ASSERT_TRUE(second);
  EXPECT_NE(second->run_id, first->run_id);
  EXPECT_FALSE(second->is_continued);
  store.writer(*second)->finish("failed", "again", 3);
  EXPECT_FALSE(store.claim_next("demo", retry));  // it failed after that moment
  EXPECT_EQ(store.runs("demo").size(), 2U);       // failures stay
}

// Moves the only run to a host that is not this one.
void move_elsewhere(const std::filesystem::path& database) {
  SQLite::Database(database.string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE run SET host = 'elsewhere.example'");
}

TEST_F(PlanTest, ARunOfAnotherHostIsLeftAloneUntilItIsReleased) {
  auto store = make(database(), small_plan(1));
  const auto first = store.claim_next("demo");
  const auto writer = store.writer(*first);
  writer->checkpointed(7, "run/step-7");
  EXPECT_EQ(store.points("demo")[0].reason, "") << "it lives in this process";
  move_elsewhere(database());
  EXPECT_FALSE(store.claim_next("demo"));
  EXPECT_THAT(store.points("demo")[0].reason, testing::HasSubstr("elsewhere.example"));
  EXPECT_THAT(store.points("demo")[0].reason, testing::HasSubstr("--take-over " + first->run_id));

  store.release(first->run_id);
  EXPECT_EQ(store.run(first->run_id).status, "interrupted");
  const auto second = store.claim_next("demo");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->run_id, first->run_id);
  EXPECT_TRUE(second->is_continued);
  ASSERT_TRUE(second->checkpoint);
  EXPECT_EQ(second->checkpoint->step, 7);
}

TEST_F(PlanTest, AWriterWhoseRunWasReleasedIsTold) {
  auto store = make(database(), small_plan(1));
  const auto claim = store.claim_next("demo");
  const auto writer = store.writer(*claim);
  move_elsewhere(database());
  store.release(claim->run_id);
  try {
    writer->finish("done", "", 10);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.007");
  }
  EXPECT_EQ(store.run(claim->run_id).status, "interrupted");
}

TEST_F(PlanTest, ReleasesNeitherALivingRunOfThisHostNorOneThatHasEnded) {
  auto store = make(database(), small_plan(1));
  const auto claim = store.claim_next("demo");
  const auto code = [&](const std::string& run_id) {
    try {
      store.release(run_id);
    } catch (const Error& error) {
      return error.problem().code;
    }
    return std::string();
  };
  EXPECT_EQ(code(claim->run_id), "store.010");
  EXPECT_EQ(store.run(claim->run_id).status, "running");
  store.writer(*claim)->finish("done", "", 10);
  EXPECT_EQ(code(claim->run_id), "store.010");
  EXPECT_EQ(code("no such run"), "store.010");
  EXPECT_EQ(store.run(claim->run_id).status, "done");
}

TEST_F(PlanTest, ContinuesAnInterruptedRunUnderItsOwnId) {
  auto store = make(database(), small_plan(1));
  const auto first = store.claim_next("demo");
  {
    const auto writer = store.writer(*first);
    writer->checkpointed(7, "run/step-7");
    writer->finish("interrupted", "stopped by SIGINT", 7);
  }
  const auto second = store.claim_next("demo");
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->is_continued);
  EXPECT_EQ(second->run_id, first->run_id);
  ASSERT_TRUE(second->checkpoint);
  EXPECT_EQ(second->checkpoint->step, 7);
  EXPECT_EQ(second->checkpoint->path, "run/step-7");
  EXPECT_EQ(store.run(first->run_id).status, "running");
}

TEST_F(PlanTest, CountsItsPointsByStatus) {
  auto store = make(database(), small_plan(4));
  store.writer(*store.claim_next("demo"))->finish("done", "", 1);
  store.writer(*store.claim_next("demo"))->finish("failed", "x", 1);
  const auto running = store.claim_next("demo");
  const auto row = store.studies().at(0);
  EXPECT_EQ(row.points, 4);
  EXPECT_EQ(row.done, 1);
  EXPECT_EQ(row.failed, 1);
  EXPECT_EQ(row.running, 1);
  EXPECT_EQ(row.planned, 1);
}

}  // namespace
}  // namespace triptych::store
