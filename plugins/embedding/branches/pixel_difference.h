#pragma once

#include <torch/nn/modules/conv.h>

#include "contour_operator.h"

namespace triptych::branches {

/// Learnable contours: central pixel differences over the eight neighbours N(c) of each pixel,
///
///   y_m(c) = sum over channels k and i in N(c) of w_mki (x_k(i) - x_k(c));   E_m = |y_m|
///
/// with |y| rounded at 0 as `magnitude` does: a contour counts whichever side is brighter. Source:
/// Su et al. 2021 (Pixel Difference Networks), section 3.1, equation 2; the magnitude is ours. The
/// sum is a plain 3x3 convolution whose centre tap is -sum_i w_mki. We fold the weights at each
/// pass, through a constant matrix that carries their gradient: training too costs one convolution,
/// and there is no mode to switch. The weight of the centre, which always cancels, does not exist
/// here.
class PixelDifference final : public ContourOperator {
 public:
  explicit PixelDifference(std::int64_t filters);
  at::Tensor forward(const at::Tensor& rgb) override;

  /// The plain convolution (padding 1, replicated borders) that gives y; it shares no memory.
  [[nodiscard]] torch::nn::Conv2d plain_convolution() const;

  [[nodiscard]] static Cost cost(std::int64_t filters);

 private:
  [[nodiscard]] at::Tensor kernel() const;  // [M, 3, 3, 3]

  at::Tensor weight_;  // [M, 3, 8]: neighbours row by row
  at::Tensor fold_;    // [8, 9]: neighbour i to +1 at its place, -1 at the centre
};

}  // namespace triptych::branches
