#include "triptych/metrics/saliency.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "triptych/error.h"

namespace triptych::metrics {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Map = std::vector<double>;
constexpr double kTight = 1e-12;

template <class Prediction>
SaliencyImage measure(const Bytes& truth, const std::vector<Prediction>& prediction) {
  SaliencyImage image;
  add_saliency(image, truth, std::span<const Prediction>(prediction));
  return image;
}

template <class Prediction>
SaliencyScore score(const Bytes& truth, const std::vector<Prediction>& prediction,
                    std::string_view variant = "") {
  const std::vector images{measure(truth, prediction)};
  return score_saliency(images, variant);
}

double f(double precision, double recall, double beta2 = 0.3) {
  return (1 + beta2) * precision * recall / (beta2 * precision + recall);
}

// Thresholds up to 0.4 fire for all three, up to 0.5 for 0.5 and 0.9 and so on.
// p >= t: {0.9}: P 1, R 1/2; {0.9, 0.6}: P 1/2, R 1/2; {0.9, 0.6, 0.3}: P 2/3, R 1.
TEST(Saliency, MaxFIsTheBestOverThresholds) {
  const auto result = score<double>({1, 0, 1}, {0.9, 0.6, 0.3});
  EXPECT_NEAR(*result.max_f, std::max(f(1, 0.5), f(2.0 / 3, 1)), kTight);
  EXPECT_DOUBLE_EQ(*result.max_f_beta1, f(2.0 / 3, 1, 1));
  EXPECT_DOUBLE_EQ(*result.threshold_beta1, 1 / 255.0);
  EXPECT_NEAR(*result.mae, (0.1 + 0.6 + 0.7) / 3, kTight);
}

// f(1, 1/2) = 0.65/0.8 = 0.8125 beats f(2/3, 1) = 0.8667/1.2 = 0.7222. It holds for thresholds in
// (0.6, 0.9]; the lowest is 154/255 = 0.6039.
TEST(Saliency, TheThresholdIsTheLowestThatReachesTheMaximum) {
  const auto result = score<double>({1, 0, 1}, {0.9, 0.6, 0.3});
  EXPECT_DOUBLE_EQ(*result.max_f, 0.8125);
  EXPECT_EQ(*result.threshold, 154 / 255.0);
}

TEST(Saliency, AValueEqualToAThresholdPassesIt) {
  const auto result = score<std::uint8_t>({1, 0}, {200, 199});
  EXPECT_EQ(*result.max_f, 1.0);
  EXPECT_EQ(*result.threshold, 200 / 255.0);
}

TEST(Saliency, BytesAndTheirProbabilitiesAgreeInEveryVariant) {
  Bytes truth, bytes;
  Map map;
  for (int v = 0; v < 256; ++v) {
    bytes.push_back(v);
    map.push_back(v / 255.0);
    truth.push_back(v % 3 == 0 || v > 180);
  }
  for (const auto& variant : saliency_variants()) {
    EXPECT_EQ(score(truth, bytes, variant.name).max_f, score(truth, map, variant.name).max_f);
  }
}

TEST(Saliency, MaeIsOfTheTrueProbabilityInEveryVariant) {
  for (const auto& variant : saliency_variants()) {
    const auto result = score<double>({1, 0, 255}, {0.8, 0.4, 0.9}, variant.name);
    EXPECT_NEAR(*result.mae, (0.2 + 0.4) / 2, kTight) << variant.name;
  }
}

TEST(Saliency, IgnoredPixelsDoNotCount) {
  const auto result = score<double>({1, 255, 0}, {1, 0.5, 0});
  EXPECT_EQ(result.n_valid, 2u);
  EXPECT_EQ(*result.max_f, 1.0);
  EXPECT_EQ(*result.mae, 0.0);
}

TEST(Saliency, TruthWithoutForegroundScoresZero) {
  for (const auto* variant : {"classic", "grid19", "taskprompter", "per_image", "astmt"}) {
    EXPECT_NEAR(*score<double>({0, 0}, {0.2, 0.9}, variant).max_f, 0.0, 1e-11) << variant;
  }
}

TEST(Saliency, NothingValidHasNoValue) {
  for (const auto& variant : saliency_variants()) {
    const auto result = score<double>({255}, {0.3}, variant.name);
    EXPECT_FALSE(result.max_f || result.mae || result.threshold) << variant.name;
  }
}

TEST(Saliency, GridComparesInFloat32) {
  // 51/255 in float32 equals float32(0.2), so 0.2 is passed by 51 and the others are not.
  const auto result = score<std::uint8_t>({1, 0}, {51, 50}, "grid19");
  EXPECT_EQ(*result.max_f, 1.0);
  EXPECT_EQ(*result.threshold, 0.2);
}

// sigmoid(0.3) = 0.574, sigmoid(0.1) = 0.525: 0.55 separates them; the thresholds to 0.5 never do.
TEST(Saliency, TaskprompterAppliesASecondSigmoid) {
  const auto result = score<double>({1, 0}, {0.3, 0.1}, "taskprompter");
  EXPECT_EQ(*result.max_f, 1.0);
  EXPECT_EQ(*result.threshold, 0.55);
  // sigmoid(0.15) = 0.537 and sigmoid(0) = 0.5 fall between the same thresholds: all or nothing.
  EXPECT_NEAR(*score<double>({1, 0}, {0.15, 0}, "taskprompter").max_f, f(0.5, 1), kTight);
  EXPECT_EQ(score<double>({1, 0}, {0.3, 0.1}, "invpt").max_f,
            score<double>({1, 0}, {0.3, 0.1}, "taskprompter_maxf").max_f);
}

// Image 0: P 1, R 1 at every threshold <= 1. Image 1: nothing true, P 0, R 0. Mean P = R = 1/2.
TEST(Saliency, PerImageAveragesPrecisionAndRecall) {
  const std::vector images{measure<double>({1}, {1}), measure<double>({0}, {1}),
                           measure<double>({255}, {1})};
  const auto result = score_saliency(images, "per_image");
  EXPECT_NEAR(*result.max_f, 0.5, kTight);
  EXPECT_EQ(result.images_left_out, 1u);
  EXPECT_NEAR(*score_saliency(images).max_f, f(0.5, 1), kTight);
}

// trunc(255*0.601) = 153 and 153/255 = 0.6: not strictly above 0.6.
TEST(Saliency, AstmtTruncatesAndComparesStrictly) {
  const auto result = score<double>({1, 0}, {0.601, 0.601}, "astmt");
  EXPECT_NEAR(*result.max_f, f(0.5, 1, 1), 1e-9);  // both or none
  EXPECT_EQ(result.beta2, 1.0);
  const auto strict = score<std::uint8_t>({1, 0}, {52, 51}, "astmt");
  EXPECT_NEAR(*strict.max_f, 1.0, 1e-9);  // 51/255 = 0.2 does not pass 0.2
  EXPECT_EQ(*strict.threshold, 0.2);
  EXPECT_NEAR(*strict.max_iou, 1.0, 1e-9);
}

TEST(Saliency, RefusesLogitsAndUnknownTruth) {
  EXPECT_THROW(score<double>({1}, {3.7}), Error);
  EXPECT_THROW(score<double>({7}, {0.5}), Error);
  EXPECT_NO_THROW(score<double>({1}, {1.0000001}));
  EXPECT_NO_THROW(score<double>({255}, {3.7}));
}

TEST(Saliency, ANonFinitePredictionLeavesNoScore) {
  const auto result = score<double>({1, 0}, {NAN, 0.2});
  EXPECT_FALSE(result.max_f || result.mae);
}

// The independent reference: each threshold counted by itself.
double naive_max_f(const Bytes& truth, const Map& p) {
  double best = 0;
  for (int i = 1; i <= 255; ++i) {
    double tp = 0, fp = 0, fn = 0;
    for (std::size_t j = 0; j < truth.size(); ++j) {
      if (truth[j] == 255) continue;
      const bool fires = p[j] >= i / 255.0;
      tp += fires && truth[j];
      fp += fires && !truth[j];
      fn += !fires && truth[j];
    }
    if (tp > 0) best = std::max(best, f(tp / (tp + fp), tp / (tp + fn)));
  }
  return best;
}

struct Random {
  Bytes truth;
  Map prediction;
};

Random random_image(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> p(0, 1);
  Random out;
  for (int i = 0; i < 700; ++i) {
    out.prediction.push_back(i % 5 ? p(random) : std::floor(p(random) * 255) / 255.0);
    const double noisy = out.prediction.back() + p(random);
    out.truth.push_back(i % 17 == 0 ? 255 : noisy > 1.1);
  }
  return out;
}

TEST(Saliency, AgreesWithCountingEachThreshold) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    const auto image = random_image(seed);
    EXPECT_NEAR(*score(image.truth, image.prediction).max_f,
                naive_max_f(image.truth, image.prediction), kTight);
  }
}

TEST(Saliency, StoredStatisticsAndChunksGiveTheSameScore) {
  const auto image = random_image(9);
  SaliencyImage chunked;
  for (std::size_t at = 0; at < 700; at += 33) {
    const auto size = std::min<std::size_t>(33, 700 - at);
    add_saliency(chunked, std::span(image.truth).subspan(at, size),
                 std::span<const double>(image.prediction).subspan(at, size));
  }
  const std::vector whole{measure(image.truth, image.prediction)};
  const std::vector parts{saliency_image(statistics(chunked))};
  for (const auto& variant : saliency_variants()) {
    EXPECT_EQ(score_saliency(whole, variant.name).max_f, score_saliency(parts, variant.name).max_f);
    EXPECT_EQ(score_saliency(whole, variant.name).mae, score_saliency(parts, variant.name).mae);
  }
}

}  // namespace
}  // namespace triptych::metrics
