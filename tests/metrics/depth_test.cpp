#include "triptych/metrics/depth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "triptych/error.h"

namespace triptych::metrics {
namespace {

using Map = std::vector<double>;
constexpr double kTiny = static_cast<double>(1e-9F);
constexpr double kRounding = 1e-12;  // relative; sums of a few thousand doubles

DepthImage measure(const Map& truth, const Map& prediction, const DepthOptions& options = {}) {
  DepthImage image;
  add_depth(image, truth, prediction, options);
  return image;
}

DepthScore score(const Map& truth, const Map& prediction, std::string_view variant = "",
                 const DepthOptions& options = {}) {
  const std::vector images{measure(truth, prediction, options)};
  return score_depth(images, variant);
}

// g = 2, 4; p = 1, 5. Errors 1, -1.
TEST(Depth, PooledAgreesWithTheFormulasByHand) {
  const auto result = score({2, 4}, {1, 5});
  const double e0 = std::log(1.0 / 2);
  const double e1 = std::log(5.0 / 4);
  EXPECT_DOUBLE_EQ(*result.rmse, 1.0);
  EXPECT_DOUBLE_EQ(*result.abs_err, 1.0);
  EXPECT_DOUBLE_EQ(*result.abs_rel, (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(*result.sq_rel, (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(*result.log_rmse, std::sqrt((e0 * e0 + e1 * e1) / 2));
  EXPECT_NEAR(*result.silog, std::abs(e0 - e1) / 2, kRounding);  // two values: half their gap
  EXPECT_EQ(*result.delta[0], 0.0);  // 2 and 1.25: the comparison with 1.25 is strict
  EXPECT_EQ(*result.delta[1], 0.5);  // 1.25 < 1.5625
  EXPECT_EQ(*result.delta[2], 0.5);  // 2 > 1.953125
  EXPECT_EQ(result.n_valid, 2u);
}

TEST(Depth, TheRangeIsStrictOnBothSides) {
  EXPECT_EQ(score({0, 80, 1e-300, 79.999}, {1, 1, 1, 1}).n_valid, 2u);
  EXPECT_EQ(score({2, 3, 5}, {1, 1, 1}, "", {.min = 2, .max = 5}).n_valid, 1u);
}

TEST(Depth, PredictionsWithoutALogarithmBecomeTiny) {
  const auto result = score({1, 1}, {0, -5});
  EXPECT_NEAR(*result.log_rmse, -std::log(kTiny), kRounding * 20);
  EXPECT_NEAR(*result.rmse, 1 - kTiny, kRounding);
}

TEST(Depth, PooledPoolsPixelsAndPerImagePoolsImages) {
  // Errors: image 0 has one pixel of 3, image 1 three pixels of 1, image 2 nothing valid.
  const std::vector images{measure({4}, {1}), measure({2, 2, 2}, {1, 1, 1}), measure({0}, {1})};
  EXPECT_DOUBLE_EQ(*score_depth(images).rmse, std::sqrt((9.0 + 3) / 4));
  const auto per_image = score_depth(images, "per_image");
  EXPECT_DOUBLE_EQ(*per_image.rmse, (3.0 + 1) / 2);
  EXPECT_EQ(per_image.images_left_out, 1u);
  EXPECT_EQ(per_image.n_valid, 4u);
}

TEST(Depth, TaskprompterReportsFourMetrics) {
  const auto result = score({2, 4}, {1, 5}, "taskprompter");
  EXPECT_TRUE(result.rmse && result.log_rmse && result.abs_rel && result.sq_rel);
  EXPECT_FALSE(result.abs_err || result.silog || result.delta[0]);
}

// -1 is the marker. The zero and the -3 become 1e-9 and count; 90 lies beyond 80 and counts.
TEST(Depth, LegacyCountsEverythingButTheIgnoreValue) {
  const auto result = score({-1, 0, -3, 90}, {5, 1, 2, 88}, "taskprompter_legacy", {.ignore = -1});
  EXPECT_EQ(result.n_valid, 3u);
  const double a = 1 - kTiny;
  const double b = 2 - kTiny;
  EXPECT_NEAR(*result.rmse, std::sqrt((a * a + b * b + 4) / 3), kRounding);
}

TEST(Depth, LegacyAcceptsNotANumberAsTheIgnoreValue) {
  const auto result = score({NAN, 2}, {1, 1}, "taskprompter_legacy", {.ignore = NAN});
  EXPECT_EQ(result.n_valid, 1u);
  EXPECT_EQ(*result.rmse, 1.0);
}

TEST(Depth, TaskprompterRoundsToFloatBeforeTheRange) {
  const double below = std::nextafter(80.0, 0);  // 80 as a float: outside
  EXPECT_EQ(score({below}, {1}, "taskprompter", {.rounds_to_float = true}).n_valid, 0u);
  EXPECT_EQ(score({below}, {1}, "pooled").n_valid, 1u);
}

// Image RMSEs 1, 2, 6: mean 3. Image log RMSEs ln 2, ln 3, ln 7: median ln 3.
TEST(Depth, AstmtTakesTheMeanOfRmseAndTheMedianOfLogRmse) {
  const std::vector images{measure({1}, {2}), measure({1}, {3}), measure({1}, {7})};
  const auto result = score_depth(images, "astmt");
  EXPECT_DOUBLE_EQ(*result.rmse, 3.0);
  EXPECT_DOUBLE_EQ(*result.log_rmse, std::log(3.0));
  EXPECT_FALSE(result.abs_err || result.abs_rel || result.sq_rel || result.silog);
}

TEST(Depth, AstmtMasksNothing) {
  const auto result = score({0, 100}, {1, 100}, "astmt");
  EXPECT_EQ(result.n_valid, 2u);
  EXPECT_NEAR(*result.rmse, std::sqrt((1 - kTiny) * (1 - kTiny) / 2), kRounding);
}

TEST(Depth, SurveyEvaluatesWhereTheTruthIsNotZero) {
  const auto result = score({0, 100, 2}, {7, 97, 1}, "survey");
  EXPECT_EQ(result.n_valid, 2u);
  EXPECT_DOUBLE_EQ(*result.rmse, std::sqrt((9.0 + 1) / 2));
}

TEST(Depth, LibmtlTakesPredictionsAsTheyAre) {
  const auto result = score({2, 0}, {-2, 5}, "libmtl");
  EXPECT_EQ(*result.abs_err, 4.0);
  EXPECT_EQ(*result.abs_rel, 2.0);
  EXPECT_FALSE(result.rmse || result.log_rmse || result.sq_rel || result.silog || result.delta[0]);
}

// Batches of 2: {errors 1 | 1, 4} and the smaller last one {2}. Means (1+1+4)/3 = 2 and 2.
// Batches of 1: 1, 5/2, 2: mean 11/6.
TEST(Depth, BatchMeanAveragesBatches) {
  const std::vector images{measure({2}, {1}), measure({2, 5}, {1, 1}), measure({3}, {1})};
  EXPECT_DOUBLE_EQ(*score_depth(images, "batch_mean(2)").abs_err, 2.0);
  EXPECT_DOUBLE_EQ(*score_depth(images, "batch_mean(1)").abs_err, 11.0 / 6);
  EXPECT_DOUBLE_EQ(*score_depth(images, "libmtl").abs_err, 8.0 / 4);
}

TEST(Depth, BatchMeanHasNoValueWhenABatchHasNoValidPixel) {
  const std::vector images{measure({2}, {1}), measure({0}, {1})};
  EXPECT_FALSE(score_depth(images, "batch_mean(1)").abs_err);
  EXPECT_TRUE(score_depth(images, "batch_mean(2)").abs_err);
}

TEST(Depth, BatchMeanNeedsItsBatchSize) {
  for (const auto* text : {"batch_mean", "batch_mean()", "batch_mean(0)", "batch_mean(2",
                           "pooled(2)", "batch_mean(-1)", "batch_mean(2x)"}) {
    EXPECT_THROW((void)parse_variant(text, depth_variants()), Error) << text;
  }
}

TEST(Depth, NothingValidHasNoValue) {
  for (const auto* variant : {"pooled", "per_image", "taskprompter", "survey", "libmtl"}) {
    const auto result = score({0, 0}, {1, 2}, variant);
    EXPECT_FALSE(result.rmse || result.abs_err || result.abs_rel || result.silog || result.delta[0])
        << variant;
  }
}

TEST(Depth, ANonFinitePredictionIsNeverLeftOut) {
  const auto image = measure({2, 2}, {NAN, 2});
  EXPECT_EQ(image.not_finite, 1u);
  const std::vector images{image};
  const auto result = score_depth(images);
  EXPECT_FALSE(result.rmse || result.abs_rel || result.silog || result.delta[0]);
  EXPECT_EQ(result.n_valid, 2u);
}

TEST(Depth, ANonFinitePredictionOutsideTheMaskDoesNotMatter) {
  EXPECT_EQ(*score({0, 2}, {NAN, 2}).rmse, 0.0);
}

TEST(Depth, RefusesARangeWithoutADepth) {
  EXPECT_THROW(measure({1}, {1}, {.min = -1}), Error);
  EXPECT_THROW(measure({1}, {1}, {.min = 5, .max = 5}), Error);
  EXPECT_THROW(measure({1}, {1}, {.min = 0, .max = NAN}), Error);
}

Map random_map(int pixels, unsigned seed) {
  std::mt19937 random(seed);
  std::lognormal_distribution<double> depth(2, 1);
  Map map;
  for (int i = 0; i < pixels; ++i) map.push_back(i % 11 == 0 ? -0.0 : depth(random));
  return map;
}

TEST(Depth, AScaledPredictionHasNoScaleInvariantError) {
  const auto truth = random_map(4000, 1);
  auto prediction = truth;
  for (auto& p : prediction) p *= 1.3;
  const auto result = score(truth, prediction);
  EXPECT_NEAR(*result.silog, 0, 1e-12);  // rounding of ln, not sqrt of the rounding
  EXPECT_NEAR(*result.abs_rel, 0.3, 1e-12);
}

TEST(Depth, SilogAgreesWithItsDefinition) {
  const auto truth = random_map(4000, 1);
  const auto prediction = random_map(4000, 2);
  double n = 0, sum = 0, squares = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!(truth[i] > 0 && truth[i] < 80)) continue;
    const double e = std::log(prediction[i] > 0 ? prediction[i] : kTiny) - std::log(truth[i]);
    n += 1;
    sum += e;
    squares += e * e;
  }
  EXPECT_NEAR(*score(truth, prediction).silog, std::sqrt(squares / n - sum / n * sum / n), 1e-10);
}

TEST(Depth, ChunksDoNotChangeABit) {
  const auto truth = random_map(1000, 3);
  const auto prediction = random_map(1000, 4);
  DepthImage chunked;
  for (std::size_t at = 0; at < 1000; at += 13) {
    const auto size = std::min<std::size_t>(13, 1000 - at);
    add_depth(chunked, std::span(truth).subspan(at, size), std::span(prediction).subspan(at, size),
              {});
  }
  const std::vector<DepthImage> one{measure(truth, prediction)};
  const std::vector<DepthImage> many{chunked};
  EXPECT_EQ(score_depth(one).rmse, score_depth(many).rmse);
  EXPECT_EQ(score_depth(one).silog, score_depth(many).silog);
}

TEST(Depth, StoredStatisticsGiveTheSameScoreUnderEveryVariant) {
  std::vector<DepthImage> images, restored;
  for (unsigned seed = 0; seed < 5; ++seed) {
    images.push_back(measure(random_map(500, seed), random_map(500, seed + 50), {.ignore = -0.0}));
    restored.push_back(depth_image(statistics(images.back())));
  }
  for (const auto& variant : depth_variants()) {
    const auto name = std::string(variant.name) + (variant.takes_batch ? "(2)" : "");
    EXPECT_EQ(score_depth(images, name).rmse, score_depth(restored, name).rmse) << name;
    EXPECT_EQ(score_depth(images, name).abs_rel, score_depth(restored, name).abs_rel) << name;
    EXPECT_EQ(score_depth(images, name).silog, score_depth(restored, name).silog) << name;
  }
}

TEST(Depth, TheOrderOfImagesDoesNotMatterWhereNoBatchIsFormed) {
  std::vector<DepthImage> images;
  for (unsigned seed = 0; seed < 6; ++seed) {
    images.push_back(measure(random_map(300, seed), random_map(300, seed + 9), {.ignore = -1}));
  }
  const std::vector<DepthImage> reversed(images.rbegin(), images.rend());
  for (const auto& variant : depth_variants()) {
    if (variant.takes_batch) continue;
    const auto a = score_depth(images, variant.name);
    const auto b = score_depth(reversed, variant.name);
    EXPECT_NEAR(a.rmse.value_or(0), b.rmse.value_or(0), 1e-11) << variant.name;
    EXPECT_NEAR(a.log_rmse.value_or(0), b.log_rmse.value_or(0), 1e-11) << variant.name;
    EXPECT_NEAR(a.silog.value_or(0), b.silog.value_or(0), 1e-11) << variant.name;
    EXPECT_EQ(a.n_valid, b.n_valid) << variant.name;
  }
}

// The store keeps no zeros: a spread of 0 must stay 0, not become what rounding leaves of sums.
TEST(Depth, ASpreadOfZeroIsRestoredWithoutItsRow) {
  const auto image = measure({0.1, 0.3, 0.7}, {0.3, 0.9, 2.1});
  auto rows = statistics(image);
  for (auto& row : rows) {
    if (row.name == "in_range.log_spread") row.value = 0;
  }
  std::erase_if(rows, [](const Statistic& row) { return row.value == 0; });
  const std::vector<DepthImage> restored{depth_image(rows)};
  EXPECT_EQ(score_depth(restored).silog, 0.0);
}

TEST(Depth, NamesOfStatisticsAreThoseThatImagesHave) {
  const auto names = depth_statistics();
  const auto image = measure({-1, 0, 3, 100, -7, 2}, {1, 1, 1, 1, 1, 1}, {.ignore = -1});
  for (const auto& row : statistics(image)) {
    EXPECT_EQ(std::count(names.begin(), names.end(), row.name), 1) << row.name;
  }
}

TEST(Depth, FloatAndDoubleArraysGiveTheSameSums) {
  const std::vector<float> truth{1.5F, 2.25F, 0.1F};
  const std::vector<float> prediction{1.4F, 2.5F, 0.3F};
  DepthImage floats;
  add_depth(floats, truth, prediction, {});
  const auto doubles =
      measure({truth.begin(), truth.end()}, {prediction.begin(), prediction.end()});
  const std::vector a{floats};
  const std::vector b{doubles};
  EXPECT_EQ(score_depth(a).rmse, score_depth(b).rmse);
}

}  // namespace
}  // namespace triptych::metrics
