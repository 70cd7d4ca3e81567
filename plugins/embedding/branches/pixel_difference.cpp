#include "pixel_difference.h"

#include <torch/nn/init.h>
#include <torch/types.h>

#include <array>
#include <cmath>

namespace triptych::branches {

namespace {

constexpr std::int64_t kNeighbours = 8;

struct Step {
  std::int64_t down, right;
};

// Neighbours row by row, and for each the next one clockwise.
constexpr std::array<Step, kNeighbours> kSteps{
    {{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {0, 1}, {1, -1}, {1, 0}, {1, 1}}};
constexpr std::array<std::size_t, kNeighbours> kClockwise{1, 2, 4, 0, 7, 3, 5, 6};

std::int64_t radius_of(DifferenceForm form) { return form == DifferenceForm::kRadial ? 2 : 1; }

torch::Tensor fold_matrix(DifferenceForm form) {
  const auto radius = radius_of(form);
  const auto side = 2 * radius + 1;
  auto fold = torch::zeros({kNeighbours, side * side});
  const auto tap = [&](Step at, std::int64_t times) {
    return (radius + times * at.down) * side + radius + times * at.right;
  };
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    auto row = fold[static_cast<std::int64_t>(i)];
    row[tap(kSteps[i], radius)] = 1;  // a_i: the outer ring of the taps
    if (form == DifferenceForm::kCentral) row[tap(kSteps[i], 0)] = -1;
    if (form == DifferenceForm::kAngular) row[tap(kSteps[kClockwise[i]], 1)] = -1;
    if (form == DifferenceForm::kRadial) row[tap(kSteps[i], 1)] = -1;
  }
  return fold;
}

}  // namespace

PixelDifference::PixelDifference(std::int64_t filters, DifferenceForm form)
    : radius_(radius_of(form)),
      weight_(register_parameter("weight", torch::empty({filters, 3, kNeighbours}))),
      fold_(register_buffer("fold", fold_matrix(form))) {
  torch::nn::init::kaiming_uniform_(weight_, std::sqrt(5.0));  // as torch's convolutions
}

at::Tensor PixelDifference::kernel() const {
  const auto side = 2 * radius_ + 1;
  return torch::matmul(weight_, fold_).view({-1, 3, side, side});
}

at::Tensor PixelDifference::forward(const at::Tensor& rgb) {
  const auto padded = torch::replication_pad2d(rgb, {radius_, radius_, radius_, radius_});
  return magnitude(torch::conv2d(padded, kernel()).square());
}

torch::nn::Conv2d PixelDifference::plain_convolution() const {
  torch::nn::Conv2d plain(torch::nn::Conv2dOptions(3, weight_.size(0), 2 * radius_ + 1)
                              .padding(radius_)
                              .padding_mode(torch::kReplicate)
                              .bias(false));
  const torch::NoGradGuard no_grad;
  plain->weight.set_data(kernel());
  return plain;
}

Cost PixelDifference::cost(std::int64_t filters, DifferenceForm form) {
  const auto side = 2 * radius_of(form) + 1;
  return {.parameters = filters * 3 * kNeighbours, .macs = filters * 3 * side * side};
}

}  // namespace triptych::branches
