#pragma once

#include <vector>

#include "contour_operator.h"

namespace triptych::branches {

/// Fixed contours of the luminance Y = 0.299 R + 0.587 G + 0.114 B (of the normalised channels):
///
///   E_0 = magnitude of (S_x * Y, S_y * Y)
///   E_i = s_i^2 (d_xx + d_yy) G(s_i) * Y                one signed map for each sigma s_i
///
/// S_x = [1 2 1]^T / 4 x [-1 0 1] / 2 (Sobel; an intensity ramp of slope 1 per pixel gives 1), and
/// the Laplacian of the Gaussian G at each scale (Marr and Hildreth 1980), multiplied by s^2 so
/// that scales compare (Lindeberg 1998). All filters are separable and share two convolutions.
/// Nothing is learned, and nothing is kept for the backward pass unless the image wants a gradient.
class SobelLog final : public ContourOperator {
 public:
  explicit SobelLog(const std::vector<double>& sigmas);
  at::Tensor forward(const at::Tensor& rgb) override;

  [[nodiscard]] static std::int64_t num_maps(const std::vector<double>& sigmas);
  [[nodiscard]] static Cost cost(const std::vector<double>& sigmas);

 private:
  at::Tensor luminance_;  // [1, 3, 1, 1]
  at::Tensor rows_;       // [F, 1, 1, n]; filters x, y of Sobel, then two for each sigma
  at::Tensor columns_;    // [F, 1, n, 1]
};

}  // namespace triptych::branches
