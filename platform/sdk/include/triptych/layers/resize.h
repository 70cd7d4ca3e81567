#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <tuple>

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
/// everywhere. Their constants are made once per size, device and type, so that a step copies
/// nothing to a GPU.
class GridPool {
 public:
  explicit GridPool(ImageSize size) : size_(size) {}
  [[nodiscard]] at::Tensor forward(const at::Tensor& patches);

 private:
  /// Row i holds the weights of cell i over `length` positions: [cells, length].
  const at::Tensor& means(std::int64_t cells, std::int64_t length, const at::Tensor& like);

  ImageSize size_;
  std::map<std::tuple<std::int64_t, std::int64_t, int, int, int>, at::Tensor> means_;
};

/// What a spec says where a bilinear resize has a gradient.
inline constexpr const char* kResizeNote =
    "the backward pass of the bilinear resize adds in no fixed order on CUDA";

}  // namespace triptych::layers
