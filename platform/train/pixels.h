#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include <triptych/values.h>

namespace triptych::train {

/// Input image `sample` as a picture: normalisation undone, [H, W, 3] uint8 on the host.
[[nodiscard]] at::Tensor displayed(const Images& images, std::int64_t sample);

/// [B, 3, H, W] uint8 RGB to the network's input: (rgb / 255 - mean) / std in float32.
[[nodiscard]] at::Tensor normalised(const at::Tensor& rgb);

}  // namespace triptych::train
