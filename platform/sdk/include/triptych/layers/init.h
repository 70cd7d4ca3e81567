#pragma once

#include <ATen/core/Tensor.h>

namespace triptych::layers {

/// Normal distribution cut to [low, high] (absolute bounds, not multiples of `std`).
struct TruncatedNormal {
  double std = 0.02;
  double mean = 0;
  double low = -2;
  double high = 2;
};

/// Fills `tensor` in place through the inverse of the distribution function, from torch's default
/// generator: one uniform draw per element, no rejection. Records no gradient.
void fill_truncated_normal(const at::Tensor& tensor, const TruncatedNormal& distribution = {});

}  // namespace triptych::layers
