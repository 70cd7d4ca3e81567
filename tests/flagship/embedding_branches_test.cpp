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

const std::vector<DifferenceForm> kForms{DifferenceForm::kCentral, DifferenceForm::kAngular,
                                         DifferenceForm::kRadial};

TEST(ContourOperators, SeeNothingInAnImageOfOneColour) {
  const auto rgb = torch::tensor({0.3, -1.2, 2.0}).view({1, 3, 1, 1}).expand({1, 3, 9, 7});
  EXPECT_LT(SobelLog({1, 2}).forward(rgb).abs().max().item<double>(), 1e-6);
  for (const auto form : kForms) {
    EXPECT_LT(PixelDifference(4, form).forward(rgb).abs().max().item<double>(), 1e-6);
  }
}

/// The pixel `down` and `right` of each one, borders replicated.
torch::Tensor shifted(const torch::Tensor& rgb, std::int64_t down, std::int64_t right) {
  const auto padded = torch::replication_pad2d(rgb, {2, 2, 2, 2});
  return padded.slice(2, 2 + down, 2 + down + rgb.size(2))
      .slice(3, 2 + right, 2 + right + rgb.size(3));
}

/// The two pixels that weight i of a form compares: a_i and b_i as (down, right), by hand.
struct Pair {
  std::int64_t a_down, a_right, b_down, b_right;
};

std::vector<Pair> pairs_of(DifferenceForm form) {
  if (form == DifferenceForm::kCentral) {
    return {{-1, -1, 0, 0}, {-1, 0, 0, 0}, {-1, 1, 0, 0}, {0, -1, 0, 0},
            {0, 1, 0, 0},   {1, -1, 0, 0}, {1, 0, 0, 0},  {1, 1, 0, 0}};
  }
  if (form == DifferenceForm::kAngular) {  // clockwise: top, top right, right, bottom right, ...
    return {{-1, -1, -1, 0}, {-1, 0, -1, 1}, {-1, 1, 0, 1}, {0, -1, -1, -1},
            {0, 1, 1, 1},    {1, -1, 0, -1}, {1, 0, 1, -1}, {1, 1, 1, 0}};
  }
  return {{-2, -2, -1, -1}, {-2, 0, -1, 0}, {-2, 2, -1, 1}, {0, -2, 0, -1},
          {0, 2, 0, 1},     {2, -2, 1, -1}, {2, 0, 1, 0},   {2, 2, 1, 1}};
}

TEST(PixelDifference, IsTheWeightedSumOfItsDifferences) {
  for (const auto form : kForms) {
    torch::manual_seed(1);
    PixelDifference contours(5, form);
    const auto rgb = torch::randn({2, 3, 7, 9});
    const auto weight = contours.named_parameters()["weight"];  // [5, 3, 8]
    auto sum = torch::zeros({2, 5, 7, 9});
    std::int64_t i = 0;
    for (const auto& pair : pairs_of(form)) {
      const auto difference =
          shifted(rgb, pair.a_down, pair.a_right) - shifted(rgb, pair.b_down, pair.b_right);
      sum = sum + torch::einsum("mk,bkhw->bmhw", {weight.select(2, i++), difference});
    }
    const auto expected = (sum.square() + 1e-4).sqrt() - 0.01;
    EXPECT_LT(distance(contours.forward(rgb), expected), 1e-5);  // float32 in another order
  }
}

/// Some steps of training, so that the weights are no longer those of the start.
void train(PixelDifference& contours, const torch::Tensor& rgb) {
  for (int step = 0; step < 3; ++step) {
    contours.zero_grad();
    (contours.forward(rgb) - 1).square().mean().backward();
    const torch::NoGradGuard no_grad;
    auto weight = contours.named_parameters()["weight"];
    weight.sub_(weight.grad());
  }
}

TEST(PixelDifference, TrainedIsOnePlainConvolutionForInference) {
  for (const auto form : kForms) {
    torch::manual_seed(1);
    PixelDifference contours(5, form);
    const auto rgb = torch::randn({2, 3, 7, 9});
    const auto before = contours.forward(rgb);
    train(contours, rgb);
    auto plain = contours.plain_convolution();
    const std::int64_t taps = form == DifferenceForm::kRadial ? 25 : 9;
    EXPECT_EQ(count_parameters(*plain), 5 * 3 * taps);
    EXPECT_LT(plain->weight.sum({2, 3}).abs().max().item<double>(), 1e-6);
    EXPECT_TRUE(torch::equal(magnitude(plain->forward(rgb).square()), contours.forward(rgb)));
    EXPECT_GT(distance(contours.forward(rgb), before), 1e-3);
  }
}

TEST(PixelDifference, AroundTheRingComesBackToWhereItStarted) {
  torch::manual_seed(1);
  PixelDifference contours(4, DifferenceForm::kAngular);
  const auto rgb = torch::randn({1, 3, 7, 9});
  EXPECT_GT(contours.forward(rgb).max().item<double>(), 0.1);
  const torch::NoGradGuard no_grad;
  contours.named_parameters()["weight"].fill_(0.7);
  EXPECT_LT(contours.forward(rgb).abs().max().item<double>(), 1e-5);
}

// On a plane the step from the centre to a neighbour and the next step outwards are the same.
TEST(PixelDifference, RadialIsCentralOnARamp) {
  PixelDifference central(4), radial(4, DifferenceForm::kRadial);
  {
    const torch::NoGradGuard no_grad;
    radial.named_parameters()["weight"].copy_(central.named_parameters()["weight"]);
  }
  const auto ramp = grey(0.5 * columns());
  for (std::int64_t map = 0; map < 4; ++map) {
    EXPECT_LT(distance(interior(radial.forward(ramp), map), interior(central.forward(ramp), map)),
              1e-5);
  }
  torch::manual_seed(1);
  const auto noise = torch::randn({1, 3, kSide, kSide});
  EXPECT_GT(distance(radial.forward(noise), central.forward(noise)), 1e-2);
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
