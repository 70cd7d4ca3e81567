#pragma once

#include <ATen/core/Tensor.h>

#include "triptych/values.h"

namespace triptych::layers {

/// Which samples have a label, as a flag tensor [B, 1, ..., 1] of `dimensions` axes on the device
/// of `target.map`; undefined when all have one (the usual case costs nothing). One small copy to
/// the device, no synchronisation.
[[nodiscard]] at::Tensor present_samples(const Target& target, std::int64_t dimensions);

/// `valid` (flags, axes of the target map) without the samples that have no label.
[[nodiscard]] at::Tensor without_absent(const at::Tensor& valid, const Target& target);

/// Sum over the valid pixels and their number, as one loss term. Where `valid` is false, `values`
/// must be finite (mask the target first): a masked NaN would still reach the gradient.
[[nodiscard]] LossTerm pixel_term(const char* name, const at::Tensor& values,
                                  const at::Tensor& valid);

}  // namespace triptych::layers
