#include "pixel_difference.h"

#include <torch/nn/init.h>
#include <torch/types.h>

#include <cmath>

namespace triptych::branches {

namespace {

constexpr std::int64_t kNeighbours = 8;
constexpr std::int64_t kCentre = 4;  // of the nine taps

torch::Tensor fold_matrix() {
  auto fold = torch::zeros({kNeighbours, kNeighbours + 1});
  for (std::int64_t i = 0; i < kNeighbours; ++i) {
    fold[i][i < kCentre ? i : i + 1] = 1;
    fold[i][kCentre] = -1;
  }
  return fold;
}

}  // namespace

PixelDifference::PixelDifference(std::int64_t filters)
    : weight_(register_parameter("weight", torch::empty({filters, 3, kNeighbours}))),
      fold_(register_buffer("fold", fold_matrix())) {
  torch::nn::init::kaiming_uniform_(weight_, std::sqrt(5.0));  // as torch's convolutions
}

at::Tensor PixelDifference::kernel() const {
  return torch::matmul(weight_, fold_).view({-1, 3, 3, 3});
}

at::Tensor PixelDifference::forward(const at::Tensor& rgb) {
  const auto padded = torch::replication_pad2d(rgb, {1, 1, 1, 1});
  return magnitude(torch::conv2d(padded, kernel()).square());
}

torch::nn::Conv2d PixelDifference::plain_convolution() const {
  auto options = torch::nn::Conv2dOptions(3, weight_.size(0), 3).padding(1).bias(false);
  torch::nn::Conv2d plain(options.padding_mode(torch::kReplicate));
  const torch::NoGradGuard no_grad;
  plain->weight.set_data(kernel());
  return plain;
}

Cost PixelDifference::cost(std::int64_t filters) {
  return {.parameters = filters * 3 * kNeighbours, .macs = filters * 27};
}

}  // namespace triptych::branches
