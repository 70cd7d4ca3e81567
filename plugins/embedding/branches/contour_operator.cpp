#include "contour_operator.h"

#include <torch/types.h>

#include "pixel_difference.h"
#include "sobel_log.h"

namespace triptych::branches {

namespace {

DifferenceForm form_of(const std::string& kind) {
  if (kind == "pixel_difference_angular") return DifferenceForm::kAngular;
  if (kind == "pixel_difference_radial") return DifferenceForm::kRadial;
  return DifferenceForm::kCentral;
}

}  // namespace

ContourOperator::~ContourOperator() = default;

std::vector<std::string> contour_operator_kinds() {
  return {"sobel_log", "pixel_difference", "pixel_difference_angular", "pixel_difference_radial"};
}

at::Tensor magnitude(const at::Tensor& square) {
  constexpr double kRound = 0.01;  // small beside a visible step of the normalised image, about 0.1
  return (square + kRound * kRound).sqrt() - kRound;
}

std::shared_ptr<ContourOperator> make_contour_operator(const ContourOperatorOptions& options) {
  if (options.kind == "sobel_log") return std::make_shared<SobelLog>(options.log_sigmas);
  return std::make_shared<PixelDifference>(options.filters, form_of(options.kind));
}

std::int64_t num_contour_maps(const ContourOperatorOptions& options) {
  if (options.kind == "sobel_log") return SobelLog::num_maps(options.log_sigmas);
  return options.filters;
}

Cost contour_operator_cost(const ContourOperatorOptions& options) {
  if (options.kind == "sobel_log") return SobelLog::cost(options.log_sigmas);
  return PixelDifference::cost(options.filters, form_of(options.kind));
}

}  // namespace triptych::branches
