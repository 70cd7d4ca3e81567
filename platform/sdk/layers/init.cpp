#include "triptych/layers/init.h"

#include <torch/types.h>

#include <cmath>

namespace triptych::layers {

namespace {

/// Distribution function of the standard normal.
double standard_normal(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

void fill_truncated_normal(const at::Tensor& tensor, const TruncatedNormal& distribution) {
  const torch::NoGradGuard no_grad;
  const double below = standard_normal((distribution.low - distribution.mean) / distribution.std);
  const double above = standard_normal((distribution.high - distribution.mean) / distribution.std);
  // erfinv(2u - 1) sqrt(2) is the standard normal's quantile of u.
  tensor.uniform_(2 * below - 1, 2 * above - 1);
  tensor.erfinv_();
  tensor.mul_(distribution.std * std::sqrt(2.0)).add_(distribution.mean);
  tensor.clamp_(distribution.low, distribution.high);
}

}  // namespace triptych::layers
