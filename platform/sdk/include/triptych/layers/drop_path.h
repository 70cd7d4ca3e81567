#pragma once

#include <ATen/core/Tensor.h>

#include "triptych/values.h"

namespace triptych::layers {

/// Stochastic depth (Huang et al. 2016): in training, each sample of `x` [B, ...] becomes 0 with
/// probability `drop_prob` and is divided by 1 - drop_prob otherwise. Draws from context.rng, only
/// in training and only for drop_prob > 0.
[[nodiscard]] at::Tensor drop_path(const at::Tensor& x, double drop_prob, Context& context);

/// Probability of block `index` of `count`: linear from 0 to `last`.
[[nodiscard]] double drop_prob_of(std::int64_t index, std::int64_t count, double last);

}  // namespace triptych::layers
