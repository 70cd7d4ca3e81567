// odsF, oisF and AP from counts.
#include <gtest/gtest.h>

#include "triptych/error.h"
#include "triptych/metrics/edges.h"

namespace triptych::metrics {
namespace {

constexpr double kTight = 1e-12;

// All counts 0 but at the given thresholds (index into the 101).
EdgeImage image_with(std::vector<std::pair<std::size_t, EdgeCounts>> counts, std::uint64_t truth) {
  EdgeImage image;
  image.counts.assign(101, {.truth = truth});
  for (const auto& [t, c] : counts) image.counts[t] = c;
  return image;
}

// Threshold 10: R 1/2, P 1. Threshold 20: R 1/4, P 1. F = 2/3 and 2/5.
TEST(EdgeScore, OdsIsTheBestFOfSummedCounts) {
  const std::vector images{image_with({{10, {5, 10, 5, 5}}, {20, {0, 10, 0, 0}}}, 10),
                           image_with({{10, {5, 10, 5, 5}}, {20, {5, 10, 5, 5}}}, 10)};
  const auto score = score_edges(images);
  EXPECT_NEAR(*score.ods_f, 2.0 / 3, kTight);
  EXPECT_EQ(*score.ods_threshold, 0.1);
  EXPECT_EQ(*score.ods_recall, 0.5);
  EXPECT_EQ(*score.ods_precision, 1);
}

// Image 0 is best at t 10 (8 of 10, all right), image 1 at t 20 (2 of 10, all right):
// summed 10/20 and 10/10: F = 2/3, not the mean of 8/9 and 1/3.
TEST(EdgeScore, OisSumsTheCountsAtEachImagesOwnBest) {
  const std::vector images{image_with({{10, {8, 10, 8, 8}}}, 10),
                           image_with({{20, {2, 10, 2, 2}}}, 10)};
  const auto score = score_edges(images);
  EXPECT_NEAR(*score.ois_f, 2.0 / 3, kTight);
  EXPECT_NE(*score.ois_f, (8.0 / 9 + 1.0 / 3) / 2);
}

TEST(EdgeScore, WithoutTruthRecallIsOneAndPrecisionZero) {
  const std::vector images{image_with({{10, {0, 0, 0, 7}}}, 0)};
  const auto score = score_edges(images);
  EXPECT_EQ(*score.ods_f, 0);
  EXPECT_EQ(*score.ods_recall, 1);
  EXPECT_EQ(*score.ods_precision, 0);
}

TEST(EdgeScore, WithoutPredictionRecallIsZeroAndPrecisionOne) {
  const std::vector images{image_with({}, 10)};
  const auto score = score_edges(images);
  EXPECT_EQ(*score.ods_f, 0);
  EXPECT_EQ(*score.ods_precision, 1);
  EXPECT_EQ(*score.ap, 0);  // one unique recall
}

TEST(EdgeScore, PdollarIsZeroWithoutTruthAndWithoutPrediction) {
  EdgeImage image{.reading = EdgeReading::kPdollar};
  image.counts.assign(99, {.truth = 0, .prediction = 7});
  for (const bool has_truth : {false, true}) {
    if (has_truth) image.counts.assign(99, {.truth = 7, .prediction = 0});
    const auto score = score_edges(std::vector{image}, "pdollar");
    EXPECT_EQ(*score.ods_f, 0);
    EXPECT_EQ(*score.ods_precision, 0);
    EXPECT_EQ(*score.ods_recall, 0);
    EXPECT_EQ(*score.ap, 0);
  }
}

// R 1/2, P 1 at 0.10 and R 1, P 1/2 at 0.20: F 2/3 both. The lower threshold's counts are summed.
TEST(EdgeScore, OisTakesTheFirstOfEqualBests) {
  const std::vector images{image_with({{10, {5, 10, 5, 5}}, {20, {10, 10, 10, 20}}}, 10)};
  const auto score = score_edges(images);
  EXPECT_EQ(*score.ois_recall, 0.5);
  EXPECT_EQ(*score.ois_precision, 1);
}

// Recalls 1/4 and 3/4 with P 1, and nothing predicted nowhere: samples 0.25 .. 0.75 count, 51 of
// 101.
TEST(EdgeScore, ApDropsRecallsOutsideTheCoveredRange) {
  EdgeImage image;
  image.counts.assign(101, {3, 4, 3, 3});
  image.counts[100] = {1, 4, 1, 1};
  EXPECT_NEAR(*score_edges(std::vector{image}).ap, 51 / 100.0, kTight);
}

// Recalls 0 (no prediction: P 1) and 1/2 (P 1): 51 samples of 1 between 0 and 0.5, divided by 100.
TEST(EdgeScore, ApDividesOneHundredAndOneSamplesByOneHundred) {
  const std::vector images{image_with({{10, {5, 10, 5, 5}}}, 10)};
  EXPECT_NEAR(*score_edges(images).ap, 51 / 100.0, kTight);
}

// Recall 1/2 twice, P 1 at the lower threshold, 1/2 at the higher: the first stands.
TEST(EdgeScore, ApKeepsTheLowestThresholdOfEqualRecalls) {
  const std::vector images{image_with({{10, {5, 10, 5, 5}}, {20, {5, 10, 5, 10}}}, 10)};
  EXPECT_NEAR(*score_edges(images).ap, 51 / 100.0, kTight);
}

TEST(EdgeScore, Grid99LeavesOutTheTwoOuterThresholds) {
  const std::vector images{
      image_with({{0, {10, 10, 10, 10}}, {50, {5, 10, 5, 5}}, {100, {10, 10, 10, 10}}}, 10)};
  EXPECT_EQ(*score_edges(images).ods_f, 1);
  const auto grid = score_edges(images, "grid99");
  EXPECT_NEAR(*grid.ods_f, 2.0 / 3, kTight);
  EXPECT_EQ(*grid.ods_threshold, 0.5);
}

// Points (R, P): (1, 1/2) at 0.01 and (1/2, 1) at 0.02, F 2/3 each; the blend in the middle has
// R = P = 3/4, F = 3/4 (49/99 and 50/99 lie around it).
TEST(EdgeScore, PdollarSearchesBetweenThresholds) {
  EdgeImage image{.reading = EdgeReading::kPdollar};
  image.counts.assign(99, {.truth = 10});
  image.counts[0] = {10, 10, 10, 20};
  image.counts[1] = {5, 10, 5, 5};
  const std::vector images{image};
  const auto score = score_edges(images, "pdollar");
  EXPECT_NEAR(*score.ods_f, 0.75, 1e-4);
  EXPECT_GT(*score.ods_f, 2.0 / 3 + 0.05);
  EXPECT_NEAR(*score.ods_threshold, 0.015, 1e-4);
}

TEST(EdgeScore, NoImageHasNoValue) { EXPECT_FALSE(score_edges({}).ods_f); }

TEST(EdgeScore, ImagesOfTheOtherReadingAreRefused) {
  const std::vector images{
      EdgeImage{.reading = EdgeReading::kPdollar, .counts = std::vector<EdgeCounts>(99)}};
  EXPECT_THROW((void)score_edges(images), Error);
}

}  // namespace
}  // namespace triptych::metrics
