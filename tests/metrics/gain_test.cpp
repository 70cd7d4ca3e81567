#include "triptych/metrics/gain.h"

#include <gtest/gtest.h>

#include "triptych/error.h"

namespace triptych::metrics {
namespace {

GainMetric metric(const char* task, const char* name, bool higher, bool main, Value method,
                  Value baseline) {
  return {.task = task,
          .metric = name,
          .is_higher_better = higher,
          .is_main = main,
          .method = method,
          .baseline = baseline};
}

// mIoU +10 %; rmse -20 % (worse by 20); AbsRel better by 50 %.
std::vector<GainMetric> two_tasks() {
  return {metric("semseg", "mIoU", true, true, 0.55, 0.5),
          metric("depth", "rmse", false, true, 6.0, 5.0),
          metric("depth", "abs_rel", false, false, 0.1, 0.2)};
}

TEST(Gain, DeltaTaskTakesOneMainMetricPerTask) {
  EXPECT_NEAR(*multi_task_gain(two_tasks()), (10.0 - 20) / 2, 1e-12);
}

TEST(Gain, DeltaPAveragesInsideTheTaskFirst) {
  EXPECT_NEAR(*multi_task_gain(two_tasks(), "delta_p"), (10.0 + (-20 + 50) / 2.0) / 2, 1e-12);
}

TEST(Gain, DeltaFlatWeighsMetricsEquallyAndIsPublishedWithTheOtherSign) {
  const auto gain = multi_task_gain(two_tasks(), "delta_flat");
  EXPECT_NEAR(*gain, (10.0 - 20 + 50) / 3, 1e-12);
  EXPECT_EQ(*published_sign(gain, "delta_flat"), -*gain);
  EXPECT_EQ(*published_sign(gain, "delta_p"), *gain);
}

TEST(Gain, DeltaSelComparesWithConstants) {
  auto metrics = two_tasks();
  metrics[0].baseline = selection_baseline("nyud", "semseg");
  metrics[1].baseline = selection_baseline("nyud", "depth");
  metrics[0].method = 0.55;
  metrics[1].method = 0.49;
  EXPECT_NEAR(*multi_task_gain(metrics, "delta_sel"), 0, 1e-12);
  EXPECT_EQ(*selection_baseline("pascal", "human_parts"), 71.71);
  EXPECT_FALSE(selection_baseline("camvid", "semseg"));
}

TEST(Gain, AZeroBaselineOrAMissingTaskLeavesNoValue) {
  auto zero = two_tasks();
  zero[0].baseline = 0.0;
  EXPECT_FALSE(multi_task_gain(zero));
  auto missing = two_tasks();
  missing[1].method = std::nullopt;
  EXPECT_FALSE(multi_task_gain(missing));
  auto headless = two_tasks();
  headless[1].is_main = false;  // depth has no main metric: not an average over one task
  EXPECT_FALSE(multi_task_gain(headless));
  EXPECT_TRUE(multi_task_gain(headless, "delta_p"));
  EXPECT_FALSE(multi_task_gain({}));
}

TEST(Gain, MainMetricsAreTheOnesOfTheirTasks) {
  EXPECT_EQ(main_metric("normals"), "mean");
  EXPECT_EQ(main_metric("detection3d"), "mDetection_Score");
  EXPECT_EQ(main_metric("unheard_of"), "");
}

// Metric 0 (higher): A 3, B 1, C 3 -> ranks 1.5, 3, 1.5. Metric 1 (lower): 5, 4, 6 -> 2, 1, 3.
TEST(MeanRank, TiesAreAveraged) {
  const std::vector<std::vector<Value>> values{{3.0, 5.0}, {1.0, 4.0}, {3.0, 6.0}};
  const auto ranks = mean_rank(values, {true, false});
  EXPECT_EQ(*ranks[0], 1.75);
  EXPECT_EQ(*ranks[1], 2.0);
  EXPECT_EQ(*ranks[2], 2.25);
}

TEST(MeanRank, RanksOfAllMethodsAddUp) {
  const std::vector<std::vector<Value>> values{{1.0}, {1.0}, {1.0}, {0.0}};
  double sum = 0;
  for (const auto& rank : mean_rank(values, {true})) sum += *rank;
  EXPECT_EQ(sum, 1 + 2 + 3 + 4);
}

TEST(MeanRank, AMissingValueLeavesNoRanks) {
  const std::vector<std::vector<Value>> values{{1.0, 2.0}, {1.0, std::nullopt}};
  for (const auto& rank : mean_rank(values, {true, true})) EXPECT_FALSE(rank);
  EXPECT_THROW((void)mean_rank(values, {true}), Error);
}

}  // namespace
}  // namespace triptych::metrics
