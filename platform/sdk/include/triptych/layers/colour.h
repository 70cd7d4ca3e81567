#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace triptych::layers {

/// Fractions [H, W] in 0..1 to colours [H, W, 3] uint8 on the host: a perceptually uniform scale
/// from dark blue (0) over green to yellow (1). Values outside are clamped; NaN is black.
[[nodiscard]] at::Tensor scale_colours(const at::Tensor& fractions);

/// Class numbers [H, W] to colours [H, W, 3] uint8 on the host. `palette` holds red, green, blue of
/// each class in a row; classes beyond it, and those without one, get well-separated colours made
/// from their number. Values below 0 and `ignore` are black.
[[nodiscard]] at::Tensor class_colours(const at::Tensor& labels,
                                       const std::vector<std::int64_t>& palette,
                                       std::int64_t ignore);

}  // namespace triptych::layers
