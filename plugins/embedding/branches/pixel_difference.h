#pragma once

#include <torch/nn/modules/conv.h>

#include "contour_operator.h"

namespace triptych::branches {

/// Which two pixels each weight compares. All forms have eight weights per filter and channel.
enum class DifferenceForm {
  kCentral,  ///< neighbour i with the centre                                            3x3
  kAngular,  ///< neighbour i with the next one clockwise                                3x3
  kRadial,   ///< the pixel two steps out in the direction of neighbour i with i itself  5x5
};

/// Learnable contours from pixel differences. With i over the eight neighbours of each pixel c,
///
///   y_m(c) = sum over channels k and i of w_mki (x_k(a_i) - x_k(b_i));   E_m = |y_m|
///
///   central: a_i = i, b_i = c    angular: a_i = i, b_i = clockwise(i)    radial: a_i = 2 i, b_i =
///   i
///
/// where 2 i is twice as far from c as i is, and |y| is rounded at 0 as `magnitude` does: a contour
/// counts whichever side is brighter. Source: Su et al. 2021 (Pixel Difference Networks), section
/// 3.1; the magnitude is ours. The sum is a plain convolution whose taps are differences of
/// weights; they sum to 0. We fold the weights at each pass, through a constant matrix that carries
/// their gradient: training too costs one convolution, and there is no mode to switch. The weight
/// of the centre, which always cancels, does not exist here. Special values: angular with all eight
/// weights equal is 0 (a way around the ring comes back to where it started).
class PixelDifference final : public ContourOperator {
 public:
  explicit PixelDifference(std::int64_t filters, DifferenceForm form = DifferenceForm::kCentral);
  at::Tensor forward(const at::Tensor& rgb) override;

  /// The plain convolution (replicated borders) that gives y; it shares no memory.
  [[nodiscard]] torch::nn::Conv2d plain_convolution() const;

  [[nodiscard]] static Cost cost(std::int64_t filters, DifferenceForm form);

 private:
  [[nodiscard]] at::Tensor kernel() const;  // [M, 3, k, k]

  std::int64_t radius_;  // of the k x k taps
  at::Tensor weight_;    // [M, 3, 8]: neighbours row by row
  at::Tensor fold_;      // [8, k k]: weight i to +1 at the tap of a_i, -1 at that of b_i
};

}  // namespace triptych::branches
