#include "triptych/metrics/detection3d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "triptych/metrics/box3d.h"

namespace triptych::metrics {
namespace {

constexpr double kTight = 1e-12;
constexpr double kPi = std::numbers::pi;

// A box whose 2D extent is given; 4 x 2 x 1.5 m, `x` metres ahead.
TruthVehicle truth_at(const Box2d& flat, double x = 20, int label = 0) {
  return {.label = label,
          .amodal = flat,
          .modal = flat,
          .box = {.center = {x, 0, 1}, .dimensions = {4, 2, 1.5}}};
}
PredictedVehicle prediction_at(const Box2d& flat, double score, double x = 20, int label = 0) {
  return {.label = label,
          .score = score,
          .amodal = flat,
          .modal = flat,
          .box = {.center = {x, 0, 1}, .dimensions = {4, 2, 1.5}}};
}
const Box2d kBox{100, 100, 199, 199};  // 100 x 100 pixels, inclusive
const Box2d kAway{900, 900, 999, 999};

DetectionClassScore score(const std::vector<DetectionFrame>& frames,
                          DetectionOptions options = {}) {
  std::vector<DetectionImage> images;
  for (const auto& frame : frames) {
    images.push_back(match_detections(frame, options.matching, options.min_iou));
  }
  return score_detections(images, options).classes[0];
}
DetectionClassScore score(const DetectionFrame& frame, DetectionOptions options = {}) {
  return score(std::vector{frame}, options);
}

// ---- thresholds
// -----------------------------------------------------------------------------------

TEST(Confidence, ThresholdsAreBinaryProducts) {
  EXPECT_GT(confidence(35), 0.7);
  EXPECT_EQ(confidence(35), 0.7000000000000001);
  EXPECT_EQ(confidence(41), 0.8200000000000001);
  EXPECT_EQ(confidence(47), 0.9400000000000001);
  for (const int i : {1, 10, 34, 36, 50}) EXPECT_EQ(confidence(i), i * 2 / 100.0) << i;
}

TEST(Confidence, AScoreOfSevenTenthsDoesNotTakePartAtItsThreshold) {
  const auto result = score({.truth = {truth_at(kBox)}, .predictions = {prediction_at(kBox, 0.7)}});
  EXPECT_EQ(result.tp[34], 1u);
  EXPECT_EQ(result.tp[35], 0u);
  EXPECT_EQ(result.fn[35], 1u);
}

TEST(Confidence, ScoresOutsideZeroToOneTakePart) {
  const auto high = score({.truth = {truth_at(kBox)}, .predictions = {prediction_at(kBox, 7)}});
  EXPECT_EQ(high.tp[50], 1u);
  const auto low = score({.truth = {truth_at(kBox)}, .predictions = {prediction_at(kBox, -0.1)}});
  EXPECT_EQ(low.tp[0] + low.fp[0], 0u);
}

TEST(Confidence, ARequestedOneBecomesTheNextThreshold) {
  EXPECT_EQ(allowed_confidence(-0.5), 0.0);
  EXPECT_EQ(allowed_confidence(1.5), 1.0);
  EXPECT_EQ(allowed_confidence(0.7), 0.7000000000000001);
  EXPECT_EQ(allowed_confidence(0.02), 0.02);
  EXPECT_EQ(allowed_confidence(0.021), 0.04);
}

// ---- boxes
// ----------------------------------------------------------------------------------------

// 100 x 100 against the same moved by 50: 50 x 100 common, 15000 in all.
TEST(Box2d, IouCountsPixelsInclusively) {
  EXPECT_NEAR(inclusive_iou(kBox, {150, 100, 249, 199}), 5000.0 / 15000, 1e-9);
  EXPECT_NEAR(inclusive_iou({5, 5, 5, 5}, {5, 5, 5, 5}), 1, 1e-9);
  EXPECT_EQ(inclusive_iou(kBox, kAway), 0);
}

TEST(Box2d, OverlapIsOverThePredictionsOwnArea) {
  EXPECT_NEAR(inclusive_overlap({0, 0, 1000, 1000}, kBox), 1, 1e-9);
  EXPECT_LT(inclusive_overlap(kBox, {0, 0, 1000, 1000}), 0.02);
}

const VehicleCamera kCamera{.fx = 1000,
                            .fy = 1000,
                            .u0 = 1000,
                            .v0 = 500,
                            .camera_from_vehicle = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, -1}}}};

// A 2 m cube 11 m ahead, at the camera's height: its near face lies at 10 m, so half its width is
// 1000 * 1 / 10 = 100 pixels.
TEST(AmodalBox, IsTheExtentOfTheNearFace) {
  const auto box = amodal_box({.center = {11, 0, 1}, .dimensions = {2, 2, 2}}, kCamera);
  EXPECT_NEAR(box.xmin, 900, 1e-9);
  EXPECT_NEAR(box.xmax, 1100, 1e-9);
  EXPECT_NEAR(box.ymin, 400, 1e-9);
  EXPECT_NEAR(box.ymax, 600, 1e-9);
}

// Left is +y in the vehicle and -u in the image.
TEST(AmodalBox, LeftOfTheVehicleIsLeftInTheImage) {
  EXPECT_LT(amodal_box({.center = {20, 3, 1}, .dimensions = {1, 1, 1}}, kCamera).xmax, 1000);
}

TEST(AmodalBox, IsClampedToTheImage) {
  const auto box = amodal_box({.center = {2, 0, 1}, .dimensions = {2, 50, 50}}, kCamera);
  EXPECT_EQ(box.xmin, 0);
  EXPECT_EQ(box.xmax, 2047);
  EXPECT_EQ(box.ymin, 0);
  EXPECT_EQ(box.ymax, 1023);
}

TEST(AmodalBox, BehindTheCameraIsAllZeros) {
  const auto box = amodal_box({.center = {-20, 0, 1}, .dimensions = {2, 2, 2}}, kCamera);
  EXPECT_EQ(box.xmin + box.ymin + box.xmax + box.ymax, 0);
}

// The face through the camera plane is cut at 1 cm: the extent reaches the image's border.
TEST(AmodalBox, FacesAreClippedAtTheNearPlane) {
  const auto box = amodal_box({.center = {0, 2, 1}, .dimensions = {10, 1, 1}}, kCamera);
  EXPECT_EQ(box.xmin, 0);
  EXPECT_NEAR(box.xmax, 1000 - 1000 * 1.5 / 5, 1e-9);  // right edge at y = 1.5, 5 m ahead
}

TEST(AmodalBox, ARotationByAQuarterSwapsLengthAndWidth) {
  const double h = std::sqrt(0.5);
  const auto turned = amodal_box(
      {.center = {20, 0, 1}, .dimensions = {6, 2, 2}, .rotation = {h, 0, 0, h}}, kCamera);
  const auto swapped = amodal_box({.center = {20, 0, 1}, .dimensions = {2, 6, 2}}, kCamera);
  EXPECT_NEAR(turned.xmin, swapped.xmin, 1e-9);
  EXPECT_NEAR(turned.xmax, swapped.xmax, 1e-9);
}

// An independent projection: rotation matrices instead of quaternions, dense points on the surface.
TEST(AmodalBox, AgreesWithProjectingManyPointsOfTheSurface) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> angle(-kPi, kPi), unit(-0.5, 0.5);
  for (int trial = 0; trial < 20; ++trial) {
    const double yaw = angle(random);
    const Box3d box{.center = {25 + 10 * unit(random), 8 * unit(random), 1},
                    .dimensions = {4, 1.8, 1.5},
                    .rotation = {std::cos(yaw / 2), 0, 0, std::sin(yaw / 2)}};
    Box2d extent{1e9, 1e9, -1e9, -1e9};
    for (int corner = 0; corner < 8; ++corner) {
      const double l = (corner & 1 ? 0.5 : -0.5) * 4;
      const double w = (corner & 2 ? 0.5 : -0.5) * 1.8;
      const double z = box.center[2] + (corner & 4 ? 0.75 : -0.75) - 1;
      const double x = box.center[0] + std::cos(yaw) * l - std::sin(yaw) * w;
      const double y = box.center[1] + std::sin(yaw) * l + std::cos(yaw) * w;
      extent.xmin = std::min(extent.xmin, 1000 - 1000 * y / x);
      extent.xmax = std::max(extent.xmax, 1000 - 1000 * y / x);
      extent.ymin = std::min(extent.ymin, 500 - 1000 * z / x);
      extent.ymax = std::max(extent.ymax, 500 - 1000 * z / x);
    }
    const auto found = amodal_box(box, kCamera);
    EXPECT_NEAR(found.xmin, extent.xmin, 1e-8);
    EXPECT_NEAR(found.xmax, extent.xmax, 1e-8);
    EXPECT_NEAR(found.ymin, extent.ymin, 1e-8);
    EXPECT_NEAR(found.ymax, extent.ymax, 1e-8);
  }
}

TEST(Quaternion, IsNormalisedAndLengthZeroStays) {
  EXPECT_NEAR(normalised({2, 0, 0, 0})[0], 1, kTight);
  EXPECT_EQ(normalised({0, 0, 0, 0})[0], 0);
}

TEST(Quaternion, AnglesFollowTheOrderRollPitchYaw) {
  const double a = 0.3;
  EXPECT_NEAR(euler_angles({std::cos(a / 2), 0, 0, std::sin(a / 2)}).yaw, a, kTight);
  EXPECT_NEAR(euler_angles({std::cos(a / 2), 0, std::sin(a / 2), 0}).pitch, a, kTight);
  EXPECT_NEAR(euler_angles({std::cos(a / 2), std::sin(a / 2), 0, 0}).roll, a, kTight);
}

// 2(wy + zx) = 1 + rounding here: asin would be not-a-number without the clamp.
TEST(Quaternion, TheArcsineIsClamped) {
  const double h = std::sqrt(0.5);
  EXPECT_TRUE(std::isfinite(euler_angles({h, 0, h * (1 + 1e-15), 0}).pitch));
}

// ---- matching
// -------------------------------------------------------------------------------------

TEST(Matching, TheHighestIouWinsOverTheHighestScore) {
  // The second prediction fits better but has the lower score: it takes the match while it is
  // there.
  const Box2d shifted{105, 100, 204, 199};
  const auto result =
      score({.truth = {truth_at(kBox)},
             .predictions = {prediction_at(shifted, 0.9), prediction_at(kBox, 0.1, 30)}});
  EXPECT_EQ(result.tp[5], 1u);
  EXPECT_EQ(result.fp[5], 1u);  // the better scored duplicate is false at 0.1
  EXPECT_EQ(result.fp[6], 0u);
  EXPECT_EQ(result.tp[6], 1u);
}

TEST(Matching, TiesGoToTheSmallestTruthThenTheSmallestPrediction) {
  // Both truths and both predictions have the same 2D box; distances tell who took whom.
  const DetectionFrame frame{
      .truth = {truth_at(kBox, 10), truth_at(kBox, 20)},
      .predictions = {prediction_at(kBox, 1, 30), prediction_at(kBox, 1, 40)}};
  const auto image = match_detections(frame, BoxMatching::kAmodal);
  ASSERT_EQ(image.runs.size(), 2u);
  EXPECT_EQ(image.runs[0].distance_m, 10);
  EXPECT_EQ(image.runs[0].offset_m, 20);
  EXPECT_EQ(image.runs[1].distance_m, 20);
  EXPECT_EQ(image.runs[1].offset_m, 20);
}

TEST(Matching, MustExceedTheMinimumStrictly) {
  // Half the box: 5000 common, 10000 in the union with the contained half: IoU 0.5 - 5e-15.
  const Box2d half{100, 100, 149, 199};
  DetectionOptions options{.min_iou = inclusive_iou(kBox, half)};
  const DetectionFrame frame{.truth = {truth_at(kBox)}, .predictions = {prediction_at(half, 1)}};
  EXPECT_EQ(score(frame, options).tp[0], 0u);
  options.min_iou = std::nextafter(options.min_iou, 0);
  EXPECT_EQ(score(frame, options).tp[0], 1u);
}

TEST(Matching, ClassesDoNotMix) {
  const auto result =
      score({.truth = {truth_at(kBox)}, .predictions = {prediction_at(kBox, 1, 20, 1)}});
  EXPECT_EQ(result.fn[0], 1u);
  EXPECT_EQ(result.fp[0], 0u);
}

TEST(Matching, ModalMatchingUsesTheModalBoxes) {
  auto truth = truth_at(kBox);
  truth.modal = {100, 100, 129, 199};
  auto prediction = prediction_at(kBox, 1);
  const DetectionFrame frame{.truth = {truth}, .predictions = {prediction}};
  EXPECT_EQ(score(frame).tp[0], 1u);
  EXPECT_EQ(score(frame, {.matching = BoxMatching::kModal}).tp[0], 0u);
}

TEST(Matching, OneIgnoreRegionTakesAnyNumberOfAnyClass) {
  const DetectionFrame frame{.truth = {truth_at(kAway)},
                             .ignored = {{90, 90, 210, 210}},
                             .predictions = {prediction_at(kBox, 1), prediction_at(kBox, 0.5)}};
  EXPECT_EQ(score(frame).fp[0], 0u);
  EXPECT_EQ(score(frame).fn[0], 1u);
}

TEST(Matching, IgnoreRegionsLookAtTheModalBoxInBothMethods) {
  auto prediction = prediction_at(kBox, 1);
  prediction.modal = kAway;
  const DetectionFrame frame{.truth = {}, .ignored = {kAway}, .predictions = {prediction}};
  for (const auto matching : {BoxMatching::kAmodal, BoxMatching::kModal}) {
    EXPECT_EQ(score(frame, {.matching = matching}).fp[0], 0u);
  }
}

TEST(Matching, AMatchedPredictionInAnIgnoreRegionStaysATruePositive) {
  const DetectionFrame frame{
      .truth = {truth_at(kBox)}, .ignored = {kBox}, .predictions = {prediction_at(kBox, 1)}};
  EXPECT_EQ(score(frame).tp[0], 1u);
}

// The definition, word for word: at each threshold a matrix, its maximum, a row and a column
// zeroed.
struct NaiveCounts {
  std::array<std::uint64_t, kNumConfidences> tp{}, fp{}, fn{};
};
NaiveCounts naive(const DetectionFrame& frame, double min_iou) {
  NaiveCounts counts;
  for (int s = 0; s < kNumConfidences; ++s) {
    std::vector<PredictedVehicle> predictions;
    for (const auto& p : frame.predictions) {
      if (p.score >= s * 0.02) predictions.push_back(p);
    }
    std::vector<std::vector<double>> iou(frame.truth.size(),
                                         std::vector<double>(predictions.size()));
    for (std::size_t g = 0; g < frame.truth.size(); ++g) {
      for (std::size_t p = 0; p < predictions.size(); ++p) {
        iou[g][p] = inclusive_iou(frame.truth[g].amodal, predictions[p].amodal);
      }
    }
    std::vector<bool> used(predictions.size());
    while (true) {
      double best = 0;
      std::size_t bg = 0, bp = 0;
      for (std::size_t g = 0; g < iou.size(); ++g) {
        for (std::size_t p = 0; p < predictions.size(); ++p) {
          if (iou[g][p] > best) best = iou[bg = g][bp = p];
        }
      }
      if (!(best > min_iou)) break;
      ++counts.tp[s];
      used[bp] = true;
      for (auto& row : iou) row[bp] = 0;
      std::fill(iou[bg].begin(), iou[bg].end(), 0);
    }
    counts.fn[s] = frame.truth.size() - counts.tp[s];
    for (std::size_t p = 0; p < predictions.size(); ++p) {
      const bool absorbed = std::any_of(
          frame.ignored.begin(), frame.ignored.end(),
          [&](const Box2d& r) { return inclusive_overlap(r, predictions[p].modal) > min_iou; });
      counts.fp[s] += !used[p] && !absorbed;
    }
  }
  return counts;
}

DetectionFrame crowd(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> at(0, 60), size(20, 60), many(0, 12), tenth(0, 10);
  const auto box = [&] {
    const double x = at(random), y = at(random);
    return Box2d{x, y, x + size(random), y + size(random)};
  };
  DetectionFrame frame;
  for (int i = many(random); i > 0; --i) frame.truth.push_back(truth_at(box()));
  for (int i = many(random); i > 0; --i)
    frame.predictions.push_back(prediction_at(box(), tenth(random) / 10.0));
  for (int i = many(random) / 4; i > 0; --i) frame.ignored.push_back(box());
  return frame;
}

TEST(Matching, AgreesWithZeroingRowsAndColumnsAtEachThreshold) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    const auto frame = crowd(seed);
    for (const double min_iou : {0.2, 0.5}) {
      const auto expected = naive(frame, min_iou);
      const auto found = score(frame, {.min_iou = min_iou});
      EXPECT_EQ(found.tp, expected.tp) << seed;
      EXPECT_EQ(found.fp, expected.fp) << seed;
      EXPECT_EQ(found.fn, expected.fn) << seed;
    }
  }
}

// ---- scores
// ---------------------------------------------------------------------------------------

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
