#include "sobel_log.h"

#include <torch/nn/functional/conv.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace triptych::branches {

namespace {

namespace F = torch::nn::functional;

/// Taps at -radius .. radius.
std::int64_t radius_of(double sigma) { return static_cast<std::int64_t>(std::ceil(3 * sigma)); }

/// Of all filters: that of the largest sigma, at least Sobel's.
std::int64_t largest_radius(const std::vector<double>& sigmas) {
  std::int64_t radius = 1;
  for (const auto sigma : sigmas) radius = std::max(radius, radius_of(sigma));
  return radius;
}

/// Gaussian of sum 1.
torch::Tensor gaussian(double sigma) {
  const auto r = static_cast<double>(radius_of(sigma));
  const auto x = torch::arange(-r, r + 1, torch::kDouble);
  const auto values = (-x.square() / (2 * sigma * sigma)).exp();
  return values / values.sum();
}

/// sigma^2 times the second derivative of the Gaussian, shifted to sum 0 and scaled so that
/// x^2 / 2, whose second derivative is 1, gives exactly sigma^2.
torch::Tensor second_derivative(double sigma) {
  const auto r = static_cast<double>(radius_of(sigma));
  const auto x = torch::arange(-r, r + 1, torch::kDouble);
  auto values = (x.square() / (sigma * sigma) - 1) * gaussian(sigma);
  values = values - values.mean();
  return values * (sigma * sigma) / (values * x.square() / 2).sum();
}

/// `taps`, centred among 2 radius + 1 positions.
torch::Tensor centred(const torch::Tensor& taps, std::int64_t radius) {
  const auto margin = radius - taps.size(0) / 2;
  return torch::constant_pad_nd(taps, {margin, margin});
}

}  // namespace

SobelLog::SobelLog(const std::vector<double>& sigmas) {
  const auto radius = largest_radius(sigmas);
  const auto derivative = torch::tensor({-0.5, 0.0, 0.5}, torch::kDouble);
  const auto smooth = torch::tensor({0.25, 0.5, 0.25}, torch::kDouble);
  std::vector<torch::Tensor> rows{centred(derivative, radius), centred(smooth, radius)};
  std::vector<torch::Tensor> columns{centred(smooth, radius), centred(derivative, radius)};
  for (const auto sigma : sigmas) {
    const auto even = centred(gaussian(sigma), radius);
    const auto second = centred(second_derivative(sigma), radius);
    rows.insert(rows.end(), {second, even});
    columns.insert(columns.end(), {even, second});
  }
  const auto taps = 2 * radius + 1;
  const auto kernels = [](const std::vector<torch::Tensor>& filters, torch::IntArrayRef shape) {
    return torch::stack(filters).view(shape).to(torch::kFloat);
  };
  luminance_ = register_buffer(
      "luminance", torch::tensor({0.299, 0.587, 0.114}, torch::kFloat).view({1, 3, 1, 1}));
  rows_ = register_buffer("rows", kernels(rows, {-1, 1, 1, taps}));
  columns_ = register_buffer("columns", kernels(columns, {-1, 1, taps, 1}));
}

at::Tensor SobelLog::forward(const at::Tensor& rgb) {
  const auto radius = rows_.size(3) / 2;
  const auto luminance = torch::conv2d(rgb, luminance_);  // [B, 1, H, W]
  const auto padded = torch::replication_pad2d(luminance, {radius, radius, radius, radius});
  const auto filters = columns_.size(0);
  const auto filtered = F::conv2d(torch::conv2d(padded, rows_), columns_,
                                  F::Conv2dFuncOptions().groups(filters));  // [B, F, H, W]
  const auto steepness = filtered.slice(1, 0, 2).square().sum(1, /*keepdim=*/true);
  const auto laplacians = filtered.slice(1, 2).unflatten(1, {-1, 2}).sum(2);  // [B, sigmas, H, W]
  return torch::cat({magnitude(steepness), laplacians}, 1);
}

std::int64_t SobelLog::num_maps(const std::vector<double>& sigmas) {
  return 1 + static_cast<std::int64_t>(sigmas.size());
}

Cost SobelLog::cost(const std::vector<double>& sigmas) {
  const auto filters = 2 * num_maps(sigmas);
  const auto taps = 2 * largest_radius(sigmas) + 1;
  return {.parameters = 0, .macs = 3 + 2 * filters * taps};
}

}  // namespace triptych::branches
