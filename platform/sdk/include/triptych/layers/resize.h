#pragma once

#include <ATen/core/Tensor.h>

#include "triptych/dims.h"

namespace triptych::layers {

/// Bilinear resize of maps [B, C, H, W] to `size`: pixel centres aligned (align_corners = false),
/// no anti-aliasing. Returns `map` itself when it has that size. The backward kernel on CUDA adds
/// in no fixed order: specs of modules that call it say so.
[[nodiscard]] at::Tensor resize_bilinear(const at::Tensor& map, ImageSize size);

/// Height and width of a map [..., H, W].
[[nodiscard]] ImageSize size_of(const at::Tensor& map);

/// Mean over the cells of a fixed grid: [B, H, W, C] -> [B, size.height, size.width, C]. Cell i of
/// n covers rows floor(i H / n) to ceil((i + 1) H / n) - 1 (adaptive average pooling); cells
/// overlap where n does not divide H, and repeat where n > H. Two matrix products: deterministic
/// everywhere.
[[nodiscard]] at::Tensor pool_to_grid(const at::Tensor& patches, ImageSize size);

/// What a spec says where a bilinear resize has a gradient.
inline constexpr const char* kResizeNote =
    "the backward pass of the bilinear resize adds in no fixed order on CUDA";

}  // namespace triptych::layers
