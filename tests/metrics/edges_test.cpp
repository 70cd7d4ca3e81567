#include "triptych/metrics/edges.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "naive_edges.h"
#include "triptych/error.h"

namespace triptych::metrics {
namespace {

// Rows of '#' and '.'.
BinaryMap drawn(const std::vector<std::string>& rows) {
  BinaryMap map{static_cast<int>(rows[0].size()), static_cast<int>(rows.size()), {}};
  for (const auto& row : rows) {
    for (const char c : row) map.bits.push_back(c == '#');
  }
  return map;
}
std::vector<std::string> rows_of(const BinaryMap& map) {
  std::vector<std::string> rows(map.height);
  for (std::size_t i = 0; i < map.bits.size(); ++i) rows[i / map.width] += map.bits[i] ? '#' : '.';
  return rows;
}

BinaryMap random_map(int w, int h, double share, unsigned seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution is_set(share);
  BinaryMap map{w, h, {}};
  for (int i = 0; i < w * h; ++i) map.bits.push_back(is_set(random));
  return map;
}

std::uint64_t count(const BinaryMap& map) {
  return static_cast<std::uint64_t>(std::count(map.bits.begin(), map.bits.end(), 1));
}

TEST(Boundary, ComparesRightLowerAndLowerRight) {
  const std::vector<std::uint8_t> labels{1, 1, 2,  //
                                         1, 1, 2,  //
                                         3, 1, 1};
  EXPECT_EQ(rows_of(boundary_of({3, 3, labels})),
            (std::vector<std::string>{".#.",     // (1,0): right
                                      "###",     // (0,1): lower; (1,1): right; (2,1): lower
                                      "#.."}));  // (0,2): right
}

TEST(Boundary, TheLastCornerIsNever) {
  const std::vector<std::uint8_t> labels{0, 1, 2, 3};
  EXPECT_EQ(boundary_of({2, 2, labels}).bits[3], 0);
  EXPECT_EQ(boundary_of({2, 2, labels}).bits[2], 1);  // last row: right differs
  EXPECT_EQ(boundary_of({2, 2, labels}).bits[1], 1);  // last column: lower differs
}

TEST(Thinning, ALineStaysAndABlockBecomesALine) {
  const auto line = drawn({".....", "#####", "....."});
  EXPECT_EQ(rows_of(thinned(line)), rows_of(line));
  const auto block = thinned(drawn({"........", ".######.", ".######.", ".######.", "........"}));
  EXPECT_LT(count(block), 7u);
  EXPECT_GT(count(block), 2u);
}

TEST(Thinning, AgreesWithScanningTheWholeMap) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const auto map = random_map(23, 17, 0.2 + 0.02 * seed, seed);
    EXPECT_EQ(rows_of(thinned(map)), rows_of(naive::thinned(map))) << seed;
  }
}

TEST(Thinning, IsStable) {
  const auto once = thinned(random_map(40, 40, 0.7, 5));
  EXPECT_EQ(rows_of(thinned(once)), rows_of(once));
}

TEST(Matching, TheDistanceIsInclusiveAndEuclidean) {
  const auto truth = drawn({"#....", ".....", ".....", "....."});
  const auto everywhere = drawn({"#####", "#####", "#####", "#####"});
  EdgeMatcher matcher(truth, everywhere, 5);
  EXPECT_EQ(matcher.match(drawn({".....", ".....", ".....", "....#"}).bits),
            1u);  // (4, 3): exactly 5
  EdgeMatcher shorter(truth, everywhere, 4.999);
  EXPECT_EQ(shorter.match(drawn({".....", ".....", ".....", "....#"}).bits), 0u);
}

TEST(Matching, IsOneToOne) {
  const auto truth = drawn({".#.", "...", "..."});
  EdgeMatcher matcher(truth, drawn({"###", "###", "###"}), 3);
  EXPECT_EQ(matcher.match(drawn({"###", "###", "###"}).bits), 1u);
}

// Greedy by distance pairs the middle prediction with the middle truth and leaves the outer ones
// without: the maximum shifts everything by one.
TEST(Matching, IsTheMaximumWhereNearestFirstIsNot) {
  const auto truth = drawn({"#.#...."});
  const auto prediction = drawn({"..#.#.."});
  EdgeMatcher matcher(truth, prediction, 2);
  EXPECT_EQ(matcher.match(prediction.bits), 2u);
}

TEST(Matching, AgreesWithAugmentingPathsFromScratchOnAChainOfMaps) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    const auto truth = random_map(40, 30, 0.12, seed);
    auto prediction = random_map(40, 30, 0.25, seed + 100);
    const double distance = 1 + seed % 4;
    EdgeMatcher matcher(truth, prediction, distance);
    std::mt19937 random(seed);
    for (int step = 0; step < 12; ++step) {
      EXPECT_EQ(matcher.match(prediction.bits), naive::pairs_within(prediction, truth, distance));
      std::vector<std::uint8_t> matched(prediction.bits.size());
      matcher.mark_matched(matched);
      for (std::size_t i = 0; i < matched.size(); ++i) EXPECT_LE(matched[i], prediction.bits[i]);
      for (auto& bit : prediction.bits) bit = bit && random() % 8 != 0;
    }
  }
}

TEST(Matching, PixelsMayComeBack) {
  const auto truth = random_map(30, 30, 0.1, 1);
  const auto all = random_map(30, 30, 0.3, 2);
  EdgeMatcher matcher(truth, all, 2.5);
  const auto first = matcher.match(all.bits);
  EXPECT_EQ(matcher.match(std::vector<std::uint8_t>(all.bits.size())), 0u);
  EXPECT_EQ(matcher.match(all.bits), first);
}

std::vector<std::uint8_t> ridge(int w, int h, int column) {
  std::vector<std::uint8_t> values(static_cast<std::size_t>(w) * h);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) values[y * w + x] = std::max(0, 250 - 80 * std::abs(x - column));
  }
  return values;
}

TEST(Suppression, KeepsTheCrestOfARidgeAndRemovesItsSlopes) {
  const auto out = non_maximum_suppressed({30, 20, ridge(30, 20, 14)});
  EXPECT_FLOAT_EQ(out[10 * 30 + 14], 250 / 255.0F);
  EXPECT_EQ(out[10 * 30 + 13], 0);
  EXPECT_EQ(out[10 * 30 + 15], 0);
}

TEST(Suppression, FadesTheBorderInFiveSteps) {
  const std::vector<std::uint8_t> flat(40 * 30, 255);
  const auto out = non_maximum_suppressed({40, 30, flat});
  EXPECT_EQ(out[15 * 40 + 0], 0);
  EXPECT_FLOAT_EQ(out[15 * 40 + 2], 0.4F);
  EXPECT_FLOAT_EQ(out[15 * 40 + 39 - 3], 0.6F);
  EXPECT_FLOAT_EQ(out[15 * 40 + 5], 1);
  EXPECT_FLOAT_EQ(out[2 * 40 + 3], 0.4F * 0.6F);  // corners get both
}

std::vector<std::uint8_t> noise(int w, int h, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> values;
  double last = 0;
  for (int i = 0; i < w * h; ++i) {
    last = 0.6 * last + 0.4 * static_cast<double>(random() % 256);
    values.push_back(static_cast<std::uint8_t>(last));
  }
  return values;
}

TEST(Suppression, AgreesWithTheDefinitionPixelByPixel) {
  for (const auto& [w, h] : {std::pair(31, 22), std::pair(9, 40), std::pair(3, 3)}) {
    const auto values = noise(w, h, 4);
    const auto fast = non_maximum_suppressed({w, h, values});
    const auto slow = naive::suppressed({w, h, values});
    int different = 0;
    for (std::size_t i = 0; i < fast.size(); ++i) different += std::abs(fast[i] - slow[i]) > 1e-6;
    EXPECT_EQ(different, 0) << w << " x " << h;
  }
}

TEST(Suppression, TinyMapsAreNoProblem) {
  for (const auto& [w, h] : {std::pair(1, 1), std::pair(1, 7), std::pair(7, 1), std::pair(2, 2)}) {
    const auto values = noise(w, h, 1);
    EXPECT_EQ(non_maximum_suppressed({w, h, values}).size(), values.size());
  }
}

std::vector<std::uint8_t> discs(int w, int h, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(w) * h);
  for (int c = 1; c < 6; ++c) {
    const int cx = static_cast<int>(random() % w);
    const int cy = static_cast<int>(random() % h);
    const int r = 4 + static_cast<int>(random() % 12);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        if ((x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r) labels[y * w + x] = c;
      }
    }
  }
  return labels;
}

// The boundary of the labels, blurred, with noise.
std::vector<std::uint8_t> guessed(const std::vector<std::uint8_t>& labels, int w, int h,
                                  unsigned seed) {
  const auto boundary = boundary_of({w, h, labels});
  std::mt19937 random(seed);
  std::vector<std::uint8_t> out(labels.size());
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      double sum = 0;
      for (int d = -1; d <= 1; ++d) {
        sum += naive::bit(boundary, x + d, y) + naive::bit(boundary, x, y + d);
      }
      out[y * w + x] = static_cast<std::uint8_t>(std::min(255.0, 35 * sum + random() % 70));
    }
  }
  return out;
}

TEST(Edges, AgreesWithTheStraightforwardVersionAtEveryThreshold) {
  for (unsigned seed = 0; seed < 4; ++seed) {
    const int w = 48, h = 37;
    const auto labels = discs(w, h, seed);
    const auto prediction = guessed(labels, w, h, seed);
    const std::vector<ByteMap> truths{{w, h, labels}};
    const auto fast = measure_edges({w, h, prediction}, truths, EdgeReading::kSeism, 0.03);
    const auto slow = naive::measured({w, h, prediction}, {w, h, labels}, 0.03);
    ASSERT_EQ(fast.counts.size(), 101u);
    for (std::size_t t = 0; t < 101; ++t) {
      EXPECT_EQ(fast.counts[t].matched_truth, slow.counts[t].matched_truth) << t;
      EXPECT_EQ(fast.counts[t].prediction, slow.counts[t].prediction) << t;
      EXPECT_EQ(fast.counts[t].truth, slow.counts[t].truth) << t;
    }
  }
}

TEST(Edges, ThresholdsAreTheProtocols) {
  const auto seism = edge_thresholds(EdgeReading::kSeism);
  ASSERT_EQ(seism.size(), 101u);
  EXPECT_EQ(seism[0], 0.001);
  EXPECT_EQ(seism[29], 0.29);
  EXPECT_EQ(seism[100], 0.999);
  EXPECT_EQ(edge_thresholds(EdgeReading::kPdollar).size(), 99u);
}

// 51/255 = 0.2 is >= 0.2 (pdollar) but not > 0.2 (seism); far from the border, and a line stays
// thin.
TEST(Edges, AValueOfFiftyOneStandsAtTheThreshold) {
  const int w = 30, h = 30;
  std::vector<std::uint8_t> values(w * h);
  for (int y = 8; y < 22; ++y) values[y * w + 15] = 51;
  const std::vector<std::uint8_t> truth(values.begin(), values.end());
  const std::vector<ByteMap> truths{{w, h, truth}};
  const auto pdollar = measure_edges({w, h, values}, truths, EdgeReading::kPdollar, 0.0075);
  EXPECT_EQ(pdollar.counts[19].prediction, 14u);  // threshold 0.20
  EXPECT_EQ(pdollar.counts[20].prediction, 0u);
  const auto seism = measure_edges({w, h, values}, truths, EdgeReading::kSeism, 0.0075);
  EXPECT_EQ(seism.counts[20].prediction, 0u);  // threshold 0.20
  EXPECT_GT(seism.counts[19].prediction, 0u);
}

TEST(Edges, SeveralAnnotatorsAddUpAndPredictionsCountOnce) {
  const int w = 20, h = 20;
  std::vector<std::uint8_t> line(w * h);
  for (int y = 5; y < 15; ++y) line[y * w + 10] = 255;
  const std::vector<ByteMap> truths{{w, h, line}, {w, h, line}};
  const auto image = measure_edges({w, h, line}, truths, EdgeReading::kPdollar, 0.05);
  EXPECT_EQ(image.counts[50].truth, 20u);
  EXPECT_EQ(image.counts[50].matched_truth, 20u);
  EXPECT_EQ(image.counts[50].prediction, 10u);
  EXPECT_EQ(image.counts[50].matched_prediction, 10u);
}

std::vector<std::uint8_t> upright_line(int w, int h, int x, std::uint8_t value) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(w) * h);
  for (int y = 8; y < h - 8; ++y) out[y * w + x] = value;
  return out;
}

// Q11: the edge PNG of NYUD is read as a label map, so a bar of three pixels becomes its outline,
// two lines, thinned again.
TEST(Edges, SeismTakesTheBoundariesOfAnEdgeMapOnceMore) {
  const int w = 30, h = 30;
  auto bar = upright_line(w, h, 15, 255);
  for (std::size_t i = 1; i + 1 < bar.size(); ++i) {
    if (static_cast<int>(i) % w == 15 && bar[i]) bar[i - 1] = bar[i + 1] = 255;
  }
  const std::vector<ByteMap> truths{{w, h, bar}};
  const auto image = measure_edges({w, h, bar}, truths, EdgeReading::kSeism, 0.0075);
  EXPECT_EQ(image.counts[50].truth, count(naive::thinned(boundary_of({w, h, bar}))));
  EXPECT_GT(image.counts[50].truth, 25u);  // the bar itself, thinned, has 14 or less
}

TEST(Edges, PdollarTakesTheBoundaryMapAsItIs) {
  const int w = 30, h = 30;
  auto wide = upright_line(w, h, 15, 1);  // every pixel above 0 counts
  for (int y = 8; y < h - 8; ++y) wide[y * w + 16] = 7;
  const std::vector<ByteMap> truths{{w, h, wide}};
  const auto image = measure_edges({w, h, wide}, truths, EdgeReading::kPdollar, 0.0075);
  EXPECT_EQ(image.counts[0].truth, 28u);  // not thinned, no boundary of the boundary
}

// A slope on one side of the crest: suppression keeps the crest, thinning alone takes the middle of
// the slope. pdollar leaves suppression to the caller.
TEST(Edges, OnlySeismSuppressesInside) {
  const int w = 40, h = 30;
  std::vector<std::uint8_t> values, labels, crest;
  for (int i = 0; i < w * h; ++i) {
    const int x = i % w;
    values.push_back(x < 20 || x > 24 ? 0 : static_cast<std::uint8_t>(250 - 50 * (x - 20)));
    labels.push_back(x > 20);  // its boundary is column 20
    crest.push_back(x == 20);
  }
  const ByteMap label_map{w, h, labels}, crest_map{w, h, crest};
  const auto seism = measure_edges({w, h, values}, {&label_map, 1}, EdgeReading::kSeism, 0.0075);
  const auto pdollar =
      measure_edges({w, h, values}, {&crest_map, 1}, EdgeReading::kPdollar, 0.0075);
  EXPECT_GE(seism.counts[10].matched_truth, 20u);  // threshold 0.1, without the faded border
  EXPECT_LE(pdollar.counts[9].matched_truth, 4u);
}

TEST(Edges, RefusesTruthOfAnotherSize) {
  const std::vector<std::uint8_t> a(12), b(20);
  const std::vector<ByteMap> truths{{5, 4, b}};
  EXPECT_THROW((void)measure_edges({4, 3, a}, truths, EdgeReading::kSeism, 0.01), Error);
}

TEST(EdgeScore, StoredStatisticsAndOrderDoNotChangeIt) {
  std::vector<EdgeImage> images, restored;
  for (unsigned seed = 0; seed < 3; ++seed) {
    const int w = 40, h = 30;
    const auto labels = discs(w, h, seed);
    const auto prediction = guessed(labels, w, h, seed);
    const std::vector<ByteMap> truths{{w, h, labels}};
    images.push_back(measure_edges({w, h, prediction}, truths, EdgeReading::kSeism, 0.02));
    restored.insert(restored.begin(), edge_image(statistics(images.back())));
  }
  const auto a = score_edges(images);
  const auto b = score_edges(restored);
  EXPECT_EQ(a.ods_f, b.ods_f);
  EXPECT_EQ(a.ois_f, b.ois_f);
  EXPECT_EQ(a.ap, b.ap);
}

}  // namespace
}  // namespace triptych::metrics
