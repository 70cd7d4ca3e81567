// Confidence thresholds and matching.
#include "triptych/metrics/detection3d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "triptych/metrics/box3d.h"
#include "vehicles.h"

namespace triptych::metrics {
namespace {

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

}  // namespace
}  // namespace triptych::metrics
