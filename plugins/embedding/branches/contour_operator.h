#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cost.h"

namespace triptych::branches {

/// Which operator finds contours, and its sizes.
struct ContourOperatorOptions {
  std::string kind = "sobel_log";           ///< one of contour_operator_kinds()
  std::vector<double> log_sigmas = {1, 2};  ///< sobel_log: sigmas, pixels; may be empty
  std::int64_t filters = 8;                 ///< pixel differences: number of filters
};

/// sobel_log, pixel_difference (central), pixel_difference_angular, pixel_difference_radial.
[[nodiscard]] std::vector<std::string> contour_operator_kinds();

/// A gradient operator over the image. An image of one colour gives 0 everywhere, its borders
/// included (they are replicated).
class ContourOperator : public torch::nn::Module {
 public:
  ~ContourOperator() override;
  /// rgb [B, 3, H, W] -> contour maps [B, K, H, W].
  [[nodiscard]] virtual at::Tensor forward(const at::Tensor& rgb) = 0;
};

/// sqrt(square + e^2) - e with e = 0.01: a magnitude whose gradient stays finite at 0.
[[nodiscard]] at::Tensor magnitude(const at::Tensor& square);

[[nodiscard]] std::shared_ptr<ContourOperator> make_contour_operator(
    const ContourOperatorOptions& options);

/// K of the operator.
[[nodiscard]] std::int64_t num_contour_maps(const ContourOperatorOptions& options);

/// With multiply-adds per image pixel, not per cell; those on the replicated border are left out.
[[nodiscard]] Cost contour_operator_cost(const ContourOperatorOptions& options);

}  // namespace triptych::branches
