#include "triptych/train/schedule.h"

#include <gtest/gtest.h>
#include <torch/nn.h>

#include "triptych/train/clip.h"

namespace triptych::train {
namespace {

manifest::Schedule schedule(const std::string& use, std::int64_t warmup = 0) {
  manifest::Schedule made;
  made.use = use;
  made.warmup = warmup;
  return made;
}

TEST(Schedule, PolyIsTheFormulaOfThePapers) {
  // 2 * (1 - 5/10)^0.9 = 2 * 0.535886731 = 1.071773463
  EXPECT_NEAR(learning_rate(schedule("poly"), 2.0, 5, 10), 1.071773463, 1e-9);
  EXPECT_DOUBLE_EQ(learning_rate(schedule("poly"), 2.0, 0, 10), 2.0);
  // (1/10)^0.9 = 0.125892541
  EXPECT_NEAR(learning_rate(schedule("poly"), 2.0, 9, 10), 0.251785082, 1e-9);
}

TEST(Schedule, CosineEndsAtItsLeastRate) {
  manifest::Schedule cosine = schedule("cosine");
  cosine.min_lr = 0.5;
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1.5, 0, 8), 1.5);
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1.5, 4, 8), 1.0);                 // cos(pi/2) = 0
  EXPECT_NEAR(learning_rate(cosine, 1.5, 2, 8), 1 + 0.35355339059, 1e-9);  // cos(pi/4) / 2
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1.5, 8, 8), 0.5);
}

TEST(Schedule, WarmUpRisesLinearlyToTheWholeRate) {
  const manifest::Schedule warm = schedule("poly", 4);
  EXPECT_DOUBLE_EQ(learning_rate(warm, 1.0, 0, 14), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(warm, 1.0, 3, 14), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(warm, 1.0, 4, 14), 1.0);           // t = 0
  EXPECT_NEAR(learning_rate(warm, 1.0, 9, 14), 0.535886731, 1e-9);  // t = 5/10
}

TEST(Schedule, WarmUpLongerThanTheRunIsCutToIt) {
  const manifest::Schedule warm = schedule("constant", 100);
  EXPECT_DOUBLE_EQ(learning_rate(warm, 1.0, 0, 2), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(warm, 1.0, 1, 2), 1.0);
}

TEST(Schedule, ConstantStaysAndTheLeastRateHolds) {
  EXPECT_DOUBLE_EQ(learning_rate(schedule("constant"), 0.1, 99, 100), 0.1);
  manifest::Schedule poly = schedule("poly");
  poly.min_lr = 0.4;
  EXPECT_DOUBLE_EQ(learning_rate(poly, 1.0, 9, 10), 0.4);
}

TEST(Clip, LongGradientIsScaledToTheNorm) {
  // Norm of (3, 0) and (0, 4) together: 5.
  const std::vector<at::Tensor> gradients{torch::tensor({3.0, 0.0}), torch::tensor({0.0, 4.0})};
  const at::Tensor norm = clip_by_global_norm(gradients, 1.0);
  EXPECT_NEAR(norm.item<double>(), 5.0, 1e-6);
  EXPECT_NEAR(gradients[0][0].item<double>(), 0.6, 1e-6);
  EXPECT_NEAR(gradients[1][1].item<double>(), 0.8, 1e-6);
}

TEST(Clip, ShortGradientIsLeftAlone) {
  const std::vector<at::Tensor> gradients{torch::tensor({0.3, 0.4})};
  clip_by_global_norm(gradients, 1.0);
  EXPECT_TRUE(torch::equal(gradients[0], torch::tensor({0.3, 0.4})));
  EXPECT_EQ(clip_by_global_norm({}, 1.0).item<double>(), 0.0);
}

TEST(Clip, GradientThatIsNotFiniteIsNotHidden) {
  const std::vector<at::Tensor> gradients{torch::tensor({1.0, 2.0}), torch::full({1}, INFINITY)};
  EXPECT_FALSE(std::isfinite(clip_by_global_norm(gradients, 1.0).item<double>()));
  EXPECT_FALSE(std::isfinite(gradients[1].item<double>()));
}

}  // namespace
}  // namespace triptych::train
