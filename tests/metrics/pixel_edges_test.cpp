#include "triptych/metrics/pixel_edges.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "triptych/error.h"
#include "triptych/metrics/columns.h"

namespace triptych::metrics {
namespace {

PixelEdgeImage measure(const std::vector<std::int64_t>& truth,
                       const std::vector<double>& probability) {
  PixelEdgeImage image;
  add_pixel_edges(image, truth, probability, 255);
  return image;
}

PixelEdgeScore score(const PixelEdgeImage& image) { return score_pixel_edges({&image, 1}); }

// Above 0.6: TP 1, FP 0, FN 1, F = 2/3. From 0.1 to below 0.3: TP 2, FP 1, F = 4/5.
TEST(PixelEdges, BestFOfAHandComputedCase) {
  const auto result = score(measure({1, 1, 0, 0, 255}, {0.9, 0.3, 0.6, 0.1, 0.95}));
  EXPECT_DOUBLE_EQ(*result.f, 0.8);
  EXPECT_EQ(result.threshold, 0.1);  // 0.1 > 0.1 is false, so from there on it is no FP
  EXPECT_DOUBLE_EQ(*result.precision, 2.0 / 3);
  EXPECT_EQ(result.recall, 1.0);
}

TEST(PixelEdges, AProbabilityOnAThresholdIsNotAboveIt) {
  const auto image = measure({1, 1}, {0.5, 1.0});
  EXPECT_EQ(image.tp[48], 2u);  // t = 0.49
  EXPECT_EQ(image.tp[49], 1u);  // t = 0.50
  EXPECT_EQ(image.tp[98], 1u);
}

TEST(PixelEdges, CountsAgreeWithComparingEveryPixelWithEveryThreshold) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> step(-5, 105), label(0, 2);
  std::vector<std::int64_t> truth;
  std::vector<double> probability;
  for (int i = 0; i < 400; ++i) {
    const int l = label(random);
    truth.push_back(l == 2 ? 255 : l);
    probability.push_back(step(random) / 100.0);
  }
  const auto image = measure(truth, probability);
  for (int t = 1; t <= 99; ++t) {
    std::uint64_t tp = 0, fp = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const bool is_above = probability[i] > t / 100.0;
      tp += is_above && truth[i] == 1;
      fp += is_above && truth[i] == 0;
    }
    EXPECT_EQ(image.tp[t - 1], tp) << t;
    EXPECT_EQ(image.fp[t - 1], fp) << t;
  }
}

TEST(PixelEdges, TheTruthItselfScoresOneAndAConstantItsShare) {
  EXPECT_EQ(score(measure({1, 0, 0, 1}, {1, 0, 0, 1})).f, 1.0);
  const double e = 1.0 / 4;
  EXPECT_DOUBLE_EQ(*score(measure({1, 0, 0, 0}, {0.7, 0.7, 0.7, 0.7})).f, 2 * e / (1 + e));
}

TEST(PixelEdges, NoEdgeIsNoValueAndNotANumberIsNotPredicted) {
  EXPECT_FALSE(score(measure({0, 255}, {0.5, 0.5})).f);
  EXPECT_FALSE(score_pixel_edges({}).f);
  EXPECT_EQ(score(measure({1, 0}, {0.5, std::nan("")})).f, 1.0);
}

TEST(PixelEdges, PartsMergedAndStoredCountsAreTheWhole) {
  const auto a = measure({1, 0, 1}, {0.2, 0.4, 0.8});
  const auto b = measure({0, 1}, {0.3, 0.6});
  auto whole = a;
  whole.merge(b);
  const std::vector parts{pixel_edge_image(statistics(a)), pixel_edge_image(statistics(b))};
  EXPECT_EQ(score_pixel_edges(parts).f, score(whole).f);
  EXPECT_EQ(score(whole).f, score(measure({1, 0, 1, 0, 1}, {0.2, 0.4, 0.8, 0.3, 0.6})).f);
}

TEST(PixelEdges, SpansOfDifferentLengthsAreAnError) { EXPECT_THROW(measure({1, 0}, {0.5}), Error); }

TEST(Columns, RowsKeepEveryNumberAndLeaveOutZeros) {
  const Columns columns({"a", "b", "c"});
  std::vector<double> row(3, 9);
  columns.write({{"c", 0.1}, {"a", 0}}, row);
  EXPECT_EQ(row, (std::vector<double>{0, 0, 0.1}));
  const auto back = columns.read(row);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].name, "c");
  EXPECT_EQ(back[0].value, 0.1);
}

TEST(Columns, ANameWithoutAColumnIsAnError) {
  const Columns columns({"a"});
  std::vector<double> row(1);
  try {
    columns.write({{"b", 1}}, row);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "metrics.017");
  }
}

}  // namespace
}  // namespace triptych::metrics
