// AP, the means over distance bins, the scores.
#include "triptych/metrics/detection3d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "triptych/metrics/box3d.h"
#include "vehicles.h"

namespace triptych::metrics {
namespace {

constexpr double kTight = 1e-12;
constexpr double kPi = std::numbers::pi;

// Two images at 12 and 33 m, found perfectly.
std::vector<DetectionFrame> perfect() {
  return {{.truth = {truth_at(kBox, 12)}, .predictions = {prediction_at(kBox, 1, 12)}},
          {.truth = {truth_at(kBox, 33)}, .predictions = {prediction_at(kBox, 1, 33)}}};
}

TEST(Score, PerfectDetectionsScoreOne) {
  const auto result = score(perfect());
  EXPECT_EQ(result.ap.auc, 1);
  EXPECT_EQ(result.detection_score, 1);
  EXPECT_EQ(result.working_confidence, 0);
}

TEST(Score, OneDistanceBinGivesZeroAndAWarning) {
  const std::vector images{match_detections(perfect()[0], BoxMatching::kAmodal)};
  const auto result = score_detections(images);
  EXPECT_EQ(result.classes[0].ap.auc, 1);
  EXPECT_EQ(result.classes[0].center.auc, 0);
  EXPECT_EQ(*result.detection_score, 0);
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_NE(result.warnings[0].find("car"), std::string::npos);
}

// Points (r, p): (0.5, 1), (1, 0.5). Area 0.5*1 + 0.5*0.5.
TEST(AveragePrecision, IsTheAreaUnderTheEnvelope) {
  EXPECT_DOUBLE_EQ(average_precision(std::vector{1.0, 0.5}, std::vector{0.5, 1.0}), 0.75);
}

// The envelope lifts 0.2 at recall 0.4 to the 0.6 of recall 0.8.
TEST(AveragePrecision, LowerPrecisionsAreLiftedFromTheRight) {
  EXPECT_DOUBLE_EQ(average_precision(std::vector{0.4, 0.8}, std::vector{0.2, 0.6}), 0.8 * 0.6);
}

// Equal recalls: the envelope at the first entry of the recall is the largest that follows.
TEST(AveragePrecision, OfEqualRecallsTheLargestCounts) {
  EXPECT_DOUBLE_EQ(average_precision(std::vector{0.5, 0.5}, std::vector{0.3, 0.9}), 0.45);
}

// Written from the definition: each step of recall takes the largest precision from there on.
TEST(AveragePrecision, AgreesWithTheLargestPrecisionFromEachRecallOn) {
  std::mt19937 random(9);
  std::uniform_int_distribution<int> tenth(0, 10);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> recall, precision;
    for (int i = 0; i < 51; ++i) {
      recall.push_back(tenth(random) / 10.0);
      precision.push_back(tenth(random) / 10.0);
    }
    double area = 0;
    double before = 0;
    for (int step = 1; step <= 10; ++step) {
      const double r = step / 10.0;
      if (std::find(recall.begin(), recall.end(), r) == recall.end()) continue;
      double best = 0;
      for (int i = 0; i < 51; ++i) {
        if (recall[i] >= r) best = std::max(best, precision[i]);
      }
      area += (r - before) * best;
      before = r;
    }
    EXPECT_NEAR(average_precision(recall, precision), area, kTight);
  }
}

TEST(AveragePrecision, NothingFoundIsZero) {
  EXPECT_EQ(average_precision(std::vector(51, 0.0), std::vector(51, 0.0)), 0);
}

TEST(Score, ApHasNoDepthLimitButTheMeansHave) {
  const DetectionFrame far{.truth = {truth_at(kBox, 250)},
                           .predictions = {prediction_at(kBox, 1, 250)}};
  const auto result = score(far);
  EXPECT_EQ(result.ap.auc, 1);
  EXPECT_TRUE(result.ap_per_depth.empty());
  EXPECT_TRUE(result.center.mean.empty());
}

// int(14.99) = 14 -> bin 10; int(15) -> bin 15. The distance is on the ground.
TEST(Score, BinsTakeTruncatedDistances) {
  const std::vector<DetectionFrame> frames{
      {.truth = {truth_at(kBox, 14.99)}, .predictions = {prediction_at(kBox, 1, 14.99)}},
      {.truth = {truth_at(kBox, 15)}, .predictions = {prediction_at(kBox, 1, 15)}},
      {.truth = {truth_at(kBox, 99.9)}, .predictions = {prediction_at(kBox, 1, 99.9)}},
      {.truth = {truth_at(kBox, 100)}, .predictions = {prediction_at(kBox, 1, 100)}}};
  const auto result = score(frames);
  EXPECT_EQ(result.center.items, (std::map<int, std::uint64_t>{{10, 1}, {15, 1}, {95, 1}}));
}

// FP by the predicted distance, TP and FN by the true one. A bin with FP alone is left out.
TEST(Score, ApPerDepthBinsFalsePositivesByTheirOwnDistance) {
  const auto result =
      score({.truth = {truth_at(kBox, 12)},
             .predictions = {prediction_at(kBox, 1, 12), prediction_at(kAway, 1, 13),
                             prediction_at({0, 0, 9, 9}, 1, 77)}});
  ASSERT_EQ(result.ap_per_depth.size(), 1u);
  EXPECT_DOUBLE_EQ(result.ap_per_depth.at(10).precision[0], 0.5);
  EXPECT_DOUBLE_EQ(result.ap.precision[0], 1.0 / 3);
}

// Precision*recall is 1/2 * 1 below 0.5 and 1 * 1 from s_26 = 0.52 on (the false one has score
// 0.5).
TEST(Score, TheWorkingConfidenceIsTheFirstLargestProduct) {
  const auto result = score({.truth = {truth_at(kBox)},
                             .predictions = {prediction_at(kBox, 1), prediction_at(kAway, 0.5)}});
  EXPECT_EQ(result.working_confidence, confidence(26));
}

TEST(Score, MeansAreOverBinsNotOverPairs) {
  // Bin 10: offsets 0 and 0; bin 30: offset 10 -> (1 + 0.9)/2.
  auto frames = perfect();
  frames.push_back(frames[0]);
  frames[1].predictions[0].box.center[1] = 10;
  const auto result = score(frames);
  EXPECT_DOUBLE_EQ(result.center.auc, (1 + 0.9) / 2);
  EXPECT_EQ(result.center.items.at(10), 2u);
}

TEST(Score, CentreDistanceIsCappedAtTheLargestDepthAndIgnoresHeight) {
  auto frames = perfect();
  frames[0].predictions[0].box.center = {12, 0, 77};
  frames[1].predictions[0].box.center = {1000, 0, 1};
  const auto result = score(frames);
  EXPECT_EQ(result.center.mean.at(10), 1);
  EXPECT_EQ(result.center.mean.at(30), 0);
}

TEST(Score, SizeSimilarityIsTheProductOfTheThreeRatios) {
  auto frames = perfect();
  frames[0].predictions[0].box.dimensions = {8, 1, 1.5};  // 1/2, 1/2, 1
  EXPECT_DOUBLE_EQ(score(frames).size.mean.at(10), 0.25);
}

TEST(Score, YawSimilarityOfOppositeDirectionsIsZero) {
  auto frames = perfect();
  frames[0].predictions[0].box.rotation = {0, 0, 0, 1};
  EXPECT_NEAR(score(frames).yaw.mean.at(10), 0, kTight);
}

TEST(Score, PitchAndRollShareOneSimilarity) {
  auto frames = perfect();
  const double a = kPi / 2;
  frames[0].predictions[0].box.rotation = {std::cos(a / 2), std::sin(a / 2), 0,
                                           0};  // roll by 90 degrees
  EXPECT_NEAR(score(frames).pitch_roll.mean.at(10), 0.5 + (1 + 0) / 4.0, kTight);
}

TEST(Score, ClassesWithoutTruthAreLeftOutOfTheMeans) {
  auto frames = perfect();
  frames[0].predictions.push_back(prediction_at(kAway, 1, 20, 3));
  std::vector<DetectionImage> images;
  for (const auto& frame : frames) images.push_back(match_detections(frame, BoxMatching::kAmodal));
  const auto result = score_detections(images);
  EXPECT_EQ(result.classes_averaged, std::vector<std::string>{"car"});
  EXPECT_EQ(*result.detection_score, 1);
  EXPECT_EQ(result.classes[3].fp[0], 1u);
}

TEST(Score, NothingAtAllHasNoMean) {
  const auto result = score_detections({});
  EXPECT_FALSE(result.detection_score || result.ap);
  EXPECT_EQ(result.classes.size(), 6u);
}

TEST(Score, ImagesInAnyOrderAndStoredStatisticsGiveTheSameCounts) {
  std::vector<DetectionImage> images, restored;
  for (unsigned seed = 0; seed < 10; ++seed) {
    images.push_back(match_detections(crowd(seed), BoxMatching::kAmodal, 0.4));
    restored.insert(restored.begin(), detection_image(statistics(images.back())));
  }
  const auto a = score_detections(images);
  const auto b = score_detections(restored);
  EXPECT_EQ(a.classes[0].tp, b.classes[0].tp);
  EXPECT_EQ(a.classes[0].fp, b.classes[0].fp);
  EXPECT_EQ(a.ap, b.ap);
  EXPECT_NEAR(*a.center, *b.center, kTight);
}

TEST(Score, TheSameMatchesServeEveryRangeAndConfidence) {
  std::vector<DetectionImage> images;
  for (const auto& frame : perfect())
    images.push_back(match_detections(frame, BoxMatching::kAmodal));
  const auto near = score_detections(images, {.max_depth_m = 20, .step_m = 10, .confidence = 0.5});
  EXPECT_EQ(near.classes[0].center.items.size(), 1u);
  EXPECT_EQ(near.classes[0].working_confidence, 0.5);
}

}  // namespace
}  // namespace triptych::metrics
