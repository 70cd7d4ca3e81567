#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <triptych/error.h>

#include "fixture.h"

namespace triptych::store {
namespace {

class WriterTest : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    open({});
  }
  void open(const OpenOptions& options) {
    store_ = std::make_unique<Store>(Store::open(database(), Mode::read_write, options));
    store_->freeze(small_plan(2));
    claim_ = store_->claim_next("demo");
    writer_ = store_->writer(*claim_);
  }

  std::unique_ptr<Store> store_;
  std::optional<Claim> claim_;
  std::unique_ptr<RunWriter> writer_;
};

TEST_F(WriterTest, KeepsEveryKindOfRow) {
  const std::vector<std::uint8_t> png = {0x89, 'P', 'N', 'G', 0, 1, 2};
  writer_->describe(
      {{.slot = "fusion", .name = "gated", .file = "gated.so", .source_hash = "s", .sha256 = "b"}},
      {{"cpu_model", "x"}});
  writer_->warn("data.007", "a label is missing");
  writer_->curve(loss_at(2));
  writer_->final_metric({.task = "semseg",
                         .metric = "mIoU",
                         .split = "test",
                         .variant = "official",
                         .value = 0.5,
                         .unit = "",
                         .direction = "higher",
                         .is_main = true});
  writer_->image_statistic({.task = "semseg", .image_id = "7", .statistic = "tp_0", .value = 12});
  writer_->probe({.probe = "latency",
                  .part = "total",
                  .statistic = "p90_ms",
                  .value = 3.5,
                  .unit = "ms",
                  .validity = "VALID",
                  .reason = ""});
  writer_->probe({.probe = "energy",
                  .part = "total",
                  .statistic = "joule",
                  .value = std::nullopt,
                  .unit = "J",
                  .validity = std::nullopt,
                  .reason = "no counter"});
  writer_->picture({.name = "prediction",
                    .step = 9,
                    .task = "semseg",
                    .kind = "prediction",
                    .image_id = "7",
                    .png = png});
  writer_->finish("done", "", 9);

  const auto id = writer_->run_id();
  EXPECT_EQ(store_->run(id).status, "done");
  EXPECT_EQ(store_->run(id).steps, 9);
  EXPECT_EQ(store_->plugins(id).at(0).source_hash, "s");
  EXPECT_EQ(store_->environment(id).at("cpu_model"), "x");
  EXPECT_EQ(store_->events(id).at(0).text, "a label is missing");
  EXPECT_EQ(store_->curves(id).at(0).value, 0.5);
  EXPECT_TRUE(store_->metrics(id).at(0).is_main);
  EXPECT_EQ(store_->images(id).at(0).value, 12);
  const auto probes = store_->probes(id);
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(probes[0].value, std::nullopt);
  EXPECT_EQ(probes[0].reason, "no counter");
  EXPECT_EQ(probes[0].validity, std::nullopt);
  EXPECT_EQ(probes[1].validity, "VALID");
  const auto picture = store_->pictures(id).at(0);
  EXPECT_EQ(store_->picture_png(picture.picture_id), std::string(png.begin(), png.end()));
}

TEST_F(WriterTest, ProbesAreAddedToADoneRunAndToNoOther) {
  const auto id = writer_->run_id();
  const ProbeRow late{.probe = "latency",
                      .part = "total",
                      .statistic = "p50_ms",
                      .value = 2,
                      .unit = "ms",
                      .validity = "VALID",
                      .reason = ""};
  try {
    store_->add_probes(id, {late}, "usage.022", "later");
    FAIL() << "the run is running";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.011");
  }
  writer_->probe({.probe = "latency",
                  .part = "head",
                  .statistic = "p50_ms",
                  .value = 7,
                  .unit = "ms",
                  .validity = std::nullopt,
                  .reason = ""});
  writer_->probe({.probe = "step",
                  .part = "total",
                  .statistic = "p50_ms",
                  .value = 1,
                  .unit = "ms",
                  .validity = std::nullopt,
                  .reason = ""});
  writer_->finish("done", "", 9);
  store_->add_probes(id, {late}, "usage.022", "later");
  const auto probes = store_->probes(id);
  ASSERT_EQ(probes.size(), 2U) << "those of the same probe are replaced";
  EXPECT_EQ(probes[0].part, "total");
  EXPECT_EQ(probes[0].value, 2);
  EXPECT_EQ(probes[0].validity, "VALID");
  EXPECT_EQ(probes[1].probe, "step");
  EXPECT_EQ(store_->events(id).at(0).level, "note");
  EXPECT_EQ(store_->run(id).status, "done");
}

TEST_F(WriterTest, StoresNanAsNullAndInfinityAsItself) {
  writer_->curve(
      {.step = 1, .task = "a", .metric = "loss", .split = "train", .value = std::nan("")});
  writer_->curve({.step = 2,
                  .task = "a",
                  .metric = "loss",
                  .split = "train",
                  .value = std::numeric_limits<double>::infinity()});
  writer_->flush();
  const auto curves = store_->curves(writer_->run_id());
  EXPECT_TRUE(std::isnan(curves.at(0).value));
  EXPECT_TRUE(std::isinf(curves.at(1).value));
}

TEST_F(WriterTest, WritesABatchWithoutBeingAsked) {
  for (int step = 1; step <= 500; ++step) writer_->curve(loss_at(step));
  EXPECT_EQ(store_->curves(writer_->run_id()).size(), 500U);
}

TEST_F(WriterTest, ASameKeyReplacesTheEarlierRow) {
  writer_->curve(loss_at(2));
  writer_->flush();
  writer_->curve({.step = 2, .task = "semseg", .metric = "loss", .split = "train", .value = 8});
  writer_->flush();
  ASSERT_EQ(store_->curves(writer_->run_id()).size(), 1U);
  EXPECT_EQ(store_->curves(writer_->run_id())[0].value, 8);
}

// Makes the run look as if its process had died: nothing else in the file changes.
void orphan(const std::filesystem::path& path) {
  SQLite::Database raw(path.string(), SQLite::OPEN_READWRITE);
  raw.exec("UPDATE run SET process_start = process_start - 1");
}

TEST_F(WriterTest, ATakenOverRunLosesExactlyTheRowsAfterItsCheckpoint) {
  writer_->curve(loss_at(1));
  writer_->warn("x.1", "before");
  writer_->checkpointed(1, "c1");
  writer_->curve(loss_at(2));
  writer_->checkpointed(2, "c2");
  writer_->curve(loss_at(3));
  writer_->warn("x.2", "after");
  writer_->final_metric({.task = "semseg",
                         .metric = "mIoU",
                         .split = "test",
                         .variant = "",
                         .value = 0.5,
                         .unit = "",
                         .direction = "higher"});
  writer_->flush();
  orphan(database());

  const auto again = store_->claim_next("demo");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->run_id, claim_->run_id);
  EXPECT_EQ(again->checkpoint->step, 2);
  EXPECT_EQ(store_->curves(again->run_id).size(), 2U);
  EXPECT_EQ(store_->events(again->run_id).size(), 1U);
  EXPECT_TRUE(store_->metrics(again->run_id).empty());
}

TEST_F(WriterTest, ARunTakenOverTwiceStillKnowsItsCheckpoint) {
  writer_->curve(loss_at(1));
  writer_->checkpointed(1, "c1");
  orphan(database());
  const auto second = store_->claim_next("demo");
  {
    const auto writer = store_->writer(*second);
    writer->curve(loss_at(2));
    writer->flush();
    orphan(database());
    const auto third = store_->claim_next("demo");
    EXPECT_EQ(third->run_id, claim_->run_id);
    EXPECT_EQ(store_->curves(third->run_id).size(), 1U);
    const auto last = store_->writer(*third);
    last->curve(loss_at(2));
    last->checkpointed(2, "c2");
    last->finish("done", "", 2);
  }
  EXPECT_EQ(store_->curves(claim_->run_id).size(), 2U);
}

TEST_F(WriterTest, ThatWasTakenOverMayNotWriteAnyMore) {
  writer_->curve(loss_at(1));
  orphan(database());
  try {
    writer_->flush();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.007");
  }
  EXPECT_TRUE(store_->curves(claim_->run_id).empty());
}

TEST_F(WriterTest, ThatGoesAwayLeavesAnInterruptedRun) {
  writer_->curve(loss_at(1));
  writer_.reset();
  const auto row = store_->run(claim_->run_id);
  EXPECT_EQ(row.status, "interrupted");
  EXPECT_NE(row.reason, "");
}

TEST_F(WriterTest, RefusesAStatusThatIsNone) {
  EXPECT_THROW(writer_->finish("finished", "", 1), Error);
  EXPECT_EQ(store_->run(claim_->run_id).status, "running");
}

TEST_F(WriterTest, RefusesARowThatTheTablesDoNotAllowAtOnce) {
  writer_->curve(loss_at(1));
  const auto refusal = [](const auto& report) {
    try {
      report();
      return std::string("nothing was refused");
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().code, "store.009");
      EXPECT_NE(error.problem().suggestion, "");
      return error.problem().message + "; " + error.problem().expected;
    }
  };
  EXPECT_THAT(refusal([&] {
                writer_->final_metric({.task = "a",
                                       .metric = "m",
                                       .split = "test",
                                       .variant = "",
                                       .value = 1,
                                       .unit = "",
                                       .direction = "up"});
              }),
              testing::AllOf(testing::HasSubstr("'up'"), testing::HasSubstr("higher, lower")));
  EXPECT_THAT(refusal([&] {
                writer_->probe({.probe = "latency",
                                .part = "total",
                                .statistic = "p50_ms",
                                .value = 1,
                                .unit = "ms",
                                .validity = "maybe",
                                .reason = ""});
              }),
              testing::HasSubstr("'maybe'"));
  writer_->finish("failed", "a plugin said something strange", 1);  // what came before is kept
  EXPECT_EQ(store_->curves(claim_->run_id).size(), 1U);
}

std::vector<std::uint8_t> large_png() { return std::vector<std::uint8_t>(900'000, 7); }

TEST_F(WriterTest, OnAFullDiskNothingIsHalfWritten) {
  writer_->curve(loss_at(1));
  writer_->finish("done", "", 1);  // an earlier result
  const auto first = claim_->run_id;
  writer_.reset();
  store_.reset();
  open({.busy_timeout_s = 30, .max_bytes = 500'000});
  const auto png = large_png();
  writer_->curve(loss_at(1));
  writer_->picture({.name = "p",
                    .step = 1,
                    .task = "semseg",
                    .kind = "prediction",
                    .image_id = "1",
                    .png = png});
  try {
    writer_->flush();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.006");
    EXPECT_THAT(error.what(), testing::HasSubstr(database().string()));
    EXPECT_THAT(error.what(), testing::HasSubstr("Free some space"));
  }
  EXPECT_TRUE(store_->curves(claim_->run_id).empty());  // of the same transaction as the picture
  EXPECT_EQ(store_->curves(first).size(), 1U);
  EXPECT_EQ(store_->integrity_problem(), "");
}

TEST_F(WriterTest, GoesOnWhenThereIsSpaceAgain) {
  writer_.reset();
  store_.reset();
  open({.busy_timeout_s = 30, .max_bytes = 500'000});
  const auto png = large_png();
  writer_->picture({.name = "p",
                    .step = 1,
                    .task = "semseg",
                    .kind = "prediction",
                    .image_id = "1",
                    .png = png});
  EXPECT_THROW(writer_->flush(), Error);
  EXPECT_THROW(writer_->flush(), Error);  // what was collected stays collected
  EXPECT_TRUE(store_->pictures(claim_->run_id).empty());
}

TEST_F(WriterTest, WaitsForOthersAndThenSaysBusy) {
  writer_.reset();
  store_.reset();
  open({.busy_timeout_s = 0.1, .max_bytes = 0});
  SQLite::Database other(database().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  writer_->curve(loss_at(1));
  try {
    writer_->flush();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.075");
  }
  other.exec("ROLLBACK");
  writer_->flush();
  EXPECT_EQ(store_->curves(claim_->run_id).size(), 1U);
}

}  // namespace
}  // namespace triptych::store
