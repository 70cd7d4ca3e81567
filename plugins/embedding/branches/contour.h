#pragma once

#include <memory>

#include "contour_operator.h"
#include "patch_projection.h"

namespace triptych::branches {

void add_contour_params(Spec& spec);  // contour_operator, log_sigmas, contour_filters
[[nodiscard]] ContourOperatorOptions contour_options(const Params& params);

/// The contour branch: X_c = LayerNorm(patch projection of the contour maps). Its parameters
/// (`operator`, `proj`, `norm`) belong to `owner`.
class ContourBranch {
 public:
  ContourBranch(torch::nn::Module& owner, const PatchOptions& patch,
                const ContourOperatorOptions& contour);

  /// rgb [B, 3, H, W], already scaled -> [B, H/S, W/S, C].
  [[nodiscard]] at::Tensor forward(const at::Tensor& rgb);

  [[nodiscard]] static Cost cost(const PatchOptions& patch, const ContourOperatorOptions& contour);

 private:
  std::shared_ptr<ContourOperator> operator_;
  PatchProjection patches_;
};

}  // namespace triptych::branches
