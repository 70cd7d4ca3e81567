// The operators inside the branches, against what they mean.
#include "branches/context.h"
#include "branches/pixel_difference.h"
#include "branches/sobel_log.h"
#include "embedding_fixture.h"

namespace flagship_test {
namespace {

using namespace branches;
using torch::indexing::Slice;

constexpr std::int64_t kSide = 32;

/// Grey image [1, 3, 32, 32] with the value f(column) in every row.
torch::Tensor grey(const torch::Tensor& values) {
  return values.to(torch::kFloat).view({1, 1, 1, kSide}).expand({1, 3, kSide, kSide}).contiguous();
}

torch::Tensor columns() { return torch::arange(kSide, torch::kDouble); }

/// Far enough from the borders for filters of radius 6.
torch::Tensor interior(const torch::Tensor& maps, std::int64_t map) {
  return maps.index({0, map, Slice(6, kSide - 6), Slice(6, kSide - 6)});
}

TEST(SobelLog, GivesTheSlopeOfARamp) {
  SobelLog contours({1, 2});
  const auto maps = contours.forward(grey(0.5 * columns()));
  ASSERT_EQ(maps.size(1), 3);
  // sqrt(0.5^2 + 0.01^2) - 0.01 = 0.4901; a ramp has no second derivative.
  EXPECT_LT((interior(maps, 0) - 0.4901).abs().max().item<double>(), 1e-4);
  EXPECT_LT(interior(maps, 1).abs().max().item<double>(), 1e-4);
  EXPECT_LT(interior(maps, 2).abs().max().item<double>(), 1e-4);
}

TEST(SobelLog, GivesTheSecondDerivativeTimesTheScaleSquared) {
  SobelLog contours({1, 2});
  // d^2/dx^2 of x^2 / 2 is 1, d^2/dy^2 is 0; s^2 = 1 and 4.
  const auto maps = contours.forward(grey(0.5 * (columns() - 16).square()));
  EXPECT_LT((interior(maps, 1) - 1).abs().max().item<double>(), 1e-3);
  EXPECT_LT((interior(maps, 2) - 4).abs().max().item<double>(), 1e-3);
}

TEST(SobelLog, TurnsWithTheImage) {
  SobelLog contours({1});
  torch::manual_seed(2);
  const auto rgb = torch::randn({1, 3, 12, 12});
  const auto turned = contours.forward(rgb.transpose(2, 3).contiguous());
  EXPECT_LT(distance(turned, contours.forward(rgb).transpose(2, 3)), 1e-5);
}

TEST(SobelLog, WorksWithoutLaplacians) {
  SobelLog contours({});
  EXPECT_EQ(contours.forward(grey(columns())).size(1), 1);
}

TEST(ContourOperators, SeeNothingInAnImageOfOneColour) {
  const auto rgb = torch::tensor({0.3, -1.2, 2.0}).view({1, 3, 1, 1}).expand({1, 3, 9, 7});
  EXPECT_LT(SobelLog({1, 2}).forward(rgb).abs().max().item<double>(), 1e-6);
  EXPECT_LT(PixelDifference(4).forward(rgb).abs().max().item<double>(), 1e-6);
}

TEST(PixelDifference, IsTheWeightedSumOfDifferencesToEachNeighbour) {
  torch::manual_seed(1);
  PixelDifference contours(5);
  const auto rgb = torch::randn({2, 3, 7, 9});
  const auto weight = contours.named_parameters()["weight"];  // [5, 3, 8]
  const auto padded = torch::replication_pad2d(rgb, {1, 1, 1, 1});
  auto sum = torch::zeros({2, 5, 7, 9});
  std::int64_t i = 0;
  for (std::int64_t dy = 0; dy < 3; ++dy) {
    for (std::int64_t dx = 0; dx < 3; ++dx) {
      if (dy == 1 && dx == 1) continue;
      const auto neighbour = padded.slice(2, dy, dy + 7).slice(3, dx, dx + 9);
      sum = sum + torch::einsum("mk,bkhw->bmhw", {weight.select(2, i++), neighbour - rgb});
    }
  }
  const auto expected = (sum.square() + 1e-4).sqrt() - 0.01;
  EXPECT_LT(distance(contours.forward(rgb), expected), 1e-5);  // float32 in another order
}

TEST(PixelDifference, IsOnePlainConvolutionForInference) {
  torch::manual_seed(1);
  PixelDifference contours(5);
  auto plain = contours.plain_convolution();
  EXPECT_EQ(count_parameters(*plain), 5 * 27);
  const auto rgb = torch::randn({2, 3, 7, 9});
  EXPECT_TRUE(torch::equal(magnitude(plain->forward(rgb).square()), contours.forward(rgb)));
}

/// Cells of a 9 x 15 grid whose output changes when cell (4, 7) of the input does.
torch::Tensor reach(const ContextOptions& options) {
  torch::manual_seed(1);
  const auto context = make_context(/*width=*/4, options);
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : context->parameters()) parameter.normal_(0, 0.5);
  auto patches = torch::randn({1, 9, 15, 4});
  const auto before = context->forward(patches);
  patches[0][4][7] += 1;
  return (context->forward(patches) - before).abs().amax({0, 3}) > 0;  // [9, 15]
}

TEST(LargeKernel, ReachesAsFarAsItsKernel) {
  auto expected = torch::zeros({9, 15}, torch::kBool);
  expected.slice(0, 2, 7).slice(1, 5, 10).fill_(true);  // 5 x 5 cells around (4, 7)
  EXPECT_TRUE(torch::equal(reach({.kind = "large_kernel", .size = 5}), expected));
}

TEST(PooledAttention, ReachesEverywhere) {
  EXPECT_TRUE(reach({.kind = "pooled_attention", .grid = 3}).all().item<bool>());
}

}  // namespace
}  // namespace flagship_test
