#include "contour.h"

namespace triptych::branches {

void add_contour_params(Spec& spec) {
  spec.param("contour_operator", "sobel_log",
             "fixed filters, or learned differences of pixels: central, angular, radial",
             one_of(contour_operator_kinds()))
      .param("log_sigmas", std::vector<double>{1, 2},
             "sobel_log: scales of the Laplacian of Gaussian, pixels; none: Sobel alone",
             between(0.5, 16))
      .param("contour_filters", 8, "of pixel differences: number of filters", at_least(1));
}

ContourOperatorOptions contour_options(const Params& params) {
  return {.kind = params.text("contour_operator"),
          .log_sigmas = params.numbers("log_sigmas"),
          .filters = params.integer("contour_filters")};
}

ContourBranch::ContourBranch(torch::nn::Module& owner, const PatchOptions& patch,
                             const ContourOperatorOptions& contour)
    : operator_(owner.register_module("operator", make_contour_operator(contour))),
      patches_(owner, num_contour_maps(contour), patch) {}

at::Tensor ContourBranch::forward(const at::Tensor& rgb) {
  return patches_.forward(operator_->forward(rgb));
}

Cost ContourBranch::cost(const PatchOptions& patch, const ContourOperatorOptions& contour) {
  auto cost = contour_operator_cost(contour);
  cost.macs *= patch.stride * patch.stride;  // pixels of a cell
  return cost += PatchProjection::cost(num_contour_maps(contour), patch);
}

}  // namespace triptych::branches
