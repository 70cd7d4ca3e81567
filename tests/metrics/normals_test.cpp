#include "triptych/metrics/normals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "triptych/error.h"
#include "triptych/metrics/order_statistic.h"

namespace triptych::metrics {
namespace {

constexpr double kTight = 1e-12;
const NormalsOptions kAllKinds{.kinds = {NormalsKind::kClassic, NormalsKind::kTaskprompter,
                                         NormalsKind::kAstmt, NormalsKind::kLibmtl,
                                         NormalsKind::kMtan}};

NormalsImage measure(const std::vector<Normal>& truth, const std::vector<Normal>& prediction) {
  std::array<std::vector<double>, 6> axes;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    for (int c = 0; c < 3; ++c) {
      axes[c].push_back(truth[i][c]);
      axes[3 + c].push_back(prediction[i][c]);
    }
  }
  NormalsImage image;
  add_normals(image, NormalsMap<double>{axes[0], axes[1], axes[2]},
              NormalsMap<double>{axes[3], axes[4], axes[5]}, kAllKinds);
  return image;
}

NormalsScore score(const std::vector<Normal>& truth, const std::vector<Normal>& prediction,
                   std::string_view variant = "") {
  const std::vector images{measure(truth, prediction)};
  return score_normals(images, variant);
}

// A unit vector at `deg` degrees from the z axis.
Normal tilted(double deg) {
  const double a = deg * std::numbers::pi / 180;
  return {std::sin(a), 0, std::cos(a)};
}
const Normal kUp{0, 0, 1};
const Normal kZero{0, 0, 0};

// Errors 10, 20, 40, 50.
TEST(Normals, ClassicReportsMeanMedianRmseAndShares) {
  const std::vector<Normal> truth(4, kUp);
  const auto result = score(truth, {tilted(50), tilted(10), tilted(40), tilted(20)});
  EXPECT_NEAR(*result.mean, 30, kTight * 100);
  EXPECT_NEAR(*result.median, 30, kTight * 100);  // mean of 20 and 40
  EXPECT_NEAR(*result.rmse, std::sqrt((100 + 400 + 1600 + 2500) / 4.0), kTight * 100);
  EXPECT_EQ(*result.within[0], 0.25);
  EXPECT_EQ(*result.within[1], 0.5);
  EXPECT_EQ(*result.within[2], 0.5);
}

TEST(Normals, AnErrorOnALimitIsNotWithinIt) {
  NormalsSums sums;
  for (const double limit : {11.25, 22.5, 30.0}) sums.add(limit);
  EXPECT_EQ(sums.within, (std::array<std::uint64_t, 3>{0, 1, 2}));
}

TEST(Normals, BothVectorsAreScaledToLengthOne) {
  EXPECT_NEAR(*score({{0, 0, 7}}, {{0, 3, 3}}).mean, 45, kTight * 100);
  EXPECT_NEAR(*score({{0, 0, 1e-200}}, {{0, 1e200, 1e200}}).mean, 45, kTight * 100);
}

TEST(Normals, ClassicKeepsItsDigitsNearZero) {
  const double angle = 1e-9;  // acos of the dot product would give 0
  EXPECT_NEAR(*score({kUp}, {tilted(angle)}).mean, angle, angle * 1e-6);
}

TEST(Normals, AZeroPredictionIsNinetyDegreesOff) {
  EXPECT_NEAR(*score({kUp}, {kZero}).mean, 90, kTight * 100);
  EXPECT_NEAR(*score({kUp}, {kZero}, "taskprompter").mean, 90, 1e-4);
}

TEST(Normals, AnOppositePredictionIsOneHundredEightyDegreesOff) {
  EXPECT_NEAR(*score({kUp}, {{0, 0, -2}}).mean, 180, kTight * 1000);
}

TEST(Normals, ClassicSkipsZeroAndMarkedTruth) {
  const auto result =
      score({kZero, {255, 255, 255}, {0, 255, 0}, {NAN, 0, 1}, kUp}, {kUp, kUp, kUp, kUp, kUp});
  EXPECT_EQ(result.n_valid, 1u);
  EXPECT_EQ(*result.mean, 0);
}

TEST(Normals, TaskprompterCountsAnUnmaskedZeroTruthWithNinetyDegrees) {
  const auto result = score({kZero, {255, 255, 255}, kUp}, {kUp, kUp, kUp}, "taskprompter");
  EXPECT_EQ(result.n_valid, 2u);
  EXPECT_NEAR(*result.mean, 45, 1e-3);  // float32 round trip through the 8-bit scale
  EXPECT_FALSE(result.median || result.rmse || result.within[0]);
}

// n = (0.6, 0, 0.8) is stored as trunc(1.6*127.5 = 204, 127.5, 229.5) = 204, 127, 229.
TEST(Normals, AstmtStoresThePredictionInEightBits) {
  Normal read{2 * 204.0 / 255 - 1, 2 * 127.0 / 255 - 1, 2 * 229.0 / 255 - 1};
  const double norm = std::hypot(read[0], read[1], read[2]);
  const double expected = std::acos(read[2] / norm) * 180 / std::numbers::pi;
  EXPECT_NEAR(*score({kUp}, {{0.6, 0, 0.8}}, "astmt").mean, expected, 1e-10);
}

TEST(Normals, AstmtCountsEveryTruthThatIsNotZero) {
  EXPECT_EQ(score({kZero, {255, 255, 255}}, {kUp, kUp}, "astmt").n_valid, 1u);
}

TEST(Normals, LibmtlDropsTruthWhoseComponentsCancel) {
  const double h = std::sqrt(0.5);
  const auto result = score({{h, -h, 0}, kUp}, {kUp, kUp}, "libmtl");
  EXPECT_EQ(result.n_valid, 1u);
  EXPECT_FALSE(result.rmse);
  EXPECT_TRUE(result.within[0]);
}

// Truth (0, 0, 0.5) as stored: acos(0.5) = 60 degrees although the direction is right.
TEST(Normals, LibmtlTakesTheTruthAsStored) {
  EXPECT_NEAR(*score({{0, 0, 0.5}}, {kUp}, "libmtl").mean, 60, 1e-10);
  EXPECT_NEAR(*score({{0, 0, 0.5}}, {kUp}, "mtan(1)").mean, 0, 1e-10);
}

// Batches {10, 20, 60}, {40}: means 30 and 40, medians 20 and 40.
TEST(Normals, MtanAveragesBatchMeansAndBatchMedians) {
  const std::vector images{measure({kUp}, {tilted(10)}),
                           measure({kUp, kUp}, {tilted(20), tilted(60)}),
                           measure({kUp}, {tilted(40)})};
  const auto result = score_normals(images, "mtan(2)");
  EXPECT_NEAR(*result.mean, 35, 1e-10);
  EXPECT_NEAR(*result.median, 30, 1e-10);
  EXPECT_FALSE(result.rmse || result.within[0]);
}

TEST(Normals, NothingValidHasNoValue) {
  for (const auto* variant : {"classic", "astmt", "libmtl", "mtan(1)"}) {
    EXPECT_FALSE(score({kZero}, {kUp}, variant).mean) << variant;
  }
  EXPECT_FALSE(score({{255, 255, 255}}, {kUp}, "taskprompter").mean);
}

TEST(Normals, ANonFinitePredictionLeavesNoValue) {
  for (const auto* variant : {"classic", "taskprompter", "astmt", "libmtl", "mtan(1)"}) {
    const auto result = score({kUp, kUp}, {{NAN, 0, 1}, kUp}, variant);
    EXPECT_FALSE(result.mean || result.median || result.within[0]) << variant;
  }
}

template <class Act>
std::string code_of(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.problem().code;
  }
  return "nothing was refused";
}

TEST(Normals, NotMeasuredInTheKindOfTheVariantIsAnError) {
  const std::vector<NormalsImage> images(1);
  EXPECT_EQ(code_of([&] { (void)score_normals(images); }), "metrics.015");
}

TEST(Normals, StoredStatisticsGiveTheSameMeanWithoutAMedian) {
  const std::vector images{measure({kUp, kUp}, {tilted(3), tilted(40)})};
  const std::vector restored{normals_image(statistics(images[0]))};
  EXPECT_EQ(score_normals(restored).mean, score_normals(images).mean);
  EXPECT_EQ(score_normals(restored).rmse, score_normals(images).rmse);
  EXPECT_FALSE(score_normals(restored).median);
}

// ---- exact median ------------------------------------------------------------------------------

double stream_median(const std::vector<double>& values, std::size_t chunk, int* passes = nullptr) {
  ExactMedian median;
  while (!median.is_done()) {
    for (std::size_t at = 0; at < values.size(); at += chunk) {
      median.add(std::span(values).subspan(at, std::min(chunk, values.size() - at)));
    }
    median.end_pass();
    if (passes) ++*passes;
  }
  return *median.value();
}

double sorted_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

TEST(ExactMedian, AgreesWithSortingForAnyChunks) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> degrees(0, 180);
  for (int n : {1, 2, 3, 10, 999, 1000}) {
    std::vector<double> values;
    for (int i = 0; i < n; ++i) values.push_back(degrees(random));
    EXPECT_EQ(stream_median(values, 7), sorted_median(values)) << n;
    EXPECT_EQ(*median(values), sorted_median(values)) << n;
  }
}

TEST(ExactMedian, TheTwoMiddleValuesMayLieFarApart) {
  EXPECT_EQ(stream_median({0, 0, 180, 180}, 3), 90);
  EXPECT_EQ(stream_median({1e-300, 3}, 1), (1e-300 + 3) / 2);
}

TEST(ExactMedian, HasNoValueForAnEmptyStream) {
  ExactMedian empty;
  empty.end_pass();
  EXPECT_TRUE(empty.is_done());
  EXPECT_FALSE(empty.value());
  EXPECT_FALSE(median({}));
}

// 9 million equal values share every bit: they are found by their bits, not by being kept.
TEST(ExactMedian, FindsAValueThatIsSharedByMoreThanItKeeps) {
  std::vector<double> values(9'000'000, 42.125);
  values[5] = 1;
  int passes = 0;
  EXPECT_EQ(stream_median(values, 1 << 20, &passes), 42.125);
  EXPECT_GT(passes, 2);
}

TEST(ExactMedian, RefusesWhatHasNoPlaceInTheOrder) {
  ExactMedian median;
  EXPECT_EQ(code_of([&] { median.add(std::vector{-1.0}); }), "metrics.014");
  EXPECT_EQ(code_of([&] { median.add(std::vector{static_cast<double>(NAN)}); }), "metrics.014");
}

}  // namespace
}  // namespace triptych::metrics
