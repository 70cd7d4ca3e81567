#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <triptych/error.h>

#include "fixture.h"

namespace triptych::store {
namespace {

class QueryTest : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    store_ = std::make_unique<Store>(Store::open(database(), Mode::read_write));
    store_->freeze(small_plan(4));
  }
  std::string done_run(double miou, double rmse) {
    const auto claim = store_->claim_next("demo");
    const auto writer = store_->writer(*claim);
    writer->final_metric({.task = "semseg",
                          .metric = "mIoU",
                          .split = "test",
                          .variant = "",
                          .value = miou,
                          .unit = "",
                          .direction = "higher",
                          .is_main = true});
    writer->final_metric({.task = "depth",
                          .metric = "rmse",
                          .split = "test",
                          .variant = "",
                          .value = rmse,
                          .unit = "m",
                          .direction = "lower",
                          .is_main = true});
    writer->curve(loss_at(1));
    writer->finish("done", "", 1);
    return claim->run_id;
  }
  std::string message_of(const std::string& wanted) {
    try {
      return store_->resolve(wanted);
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::unique_ptr<Store> store_;
};

TEST_F(QueryTest, ResolvesIdsPrefixesLatestAndBest) {
  const auto first = done_run(0.5, 3);
  const auto second = done_run(0.7, 4);
  EXPECT_EQ(store_->resolve(first), first);
  EXPECT_EQ(store_->resolve(second.substr(0, 35)), second);
  EXPECT_EQ(store_->resolve("@latest"), second);
  EXPECT_EQ(store_->resolve("@best:mIoU"), second);
  EXPECT_EQ(store_->resolve("@best:semseg.mIoU"), second);
  EXPECT_EQ(store_->resolve("@best:rmse"), first);  // lower is better
}

TEST_F(QueryTest, RefusesWhatFitsNothingOrSeveral) {
  done_run(0.5, 3);
  done_run(0.7, 4);
  EXPECT_THAT(message_of("zz"), testing::HasSubstr("there is no run 'zz'"));
  EXPECT_THAT(message_of("0"), testing::HasSubstr("several run ids"));
  EXPECT_THAT(message_of("@best:miou"), testing::HasSubstr("Did you mean \"mIoU\"?"));
  EXPECT_THAT(message_of("@best:depth.mIoU"), testing::HasSubstr("no run has the metric"));
  EXPECT_THAT(message_of(""), testing::HasSubstr("empty"));
}

TEST_F(QueryTest, AnEmptyDatabaseHasNoLatestRun) {
  EXPECT_THAT(message_of("@latest"), testing::HasSubstr("no runs yet"));
  EXPECT_TRUE(store_->runs().empty());
}

TEST_F(QueryTest, DigestDependsOnValuesAlone) {
  const auto first = done_run(0.5, 3);
  const auto second = done_run(0.5, 3);
  const auto other = done_run(0.5, 3.0000000000000004);  // the next double
  EXPECT_EQ(store_->metrics_digest(first), store_->metrics_digest(second));
  EXPECT_NE(store_->metrics_digest(first), store_->metrics_digest(other));
}

TEST_F(QueryTest, AReaderSeesWhatAWriterCommitted) {
  const auto claim = store_->claim_next("demo");
  const auto writer = store_->writer(*claim);
  const auto reader = Store::open(database(), Mode::read_only);
  writer->curve(loss_at(1));
  EXPECT_TRUE(reader.curves(claim->run_id).empty());
  writer->flush();
  EXPECT_EQ(reader.curves(claim->run_id).size(), 1U);
}

}  // namespace
}  // namespace triptych::store
