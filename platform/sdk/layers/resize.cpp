#include "triptych/layers/resize.h"

#include <ATen/ops/matmul.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>

namespace triptych::layers {

at::Tensor resize_bilinear(const at::Tensor& map, ImageSize size) {
  if (map.size(-2) == size.height && map.size(-1) == size.width) return map;
  return at::upsample_bilinear2d(map, {size.height, size.width}, /*align_corners=*/false);
}

ImageSize size_of(const at::Tensor& map) { return {map.size(-2), map.size(-1)}; }

namespace {

/// Row i holds the weights of cell i over `length` positions: [cells, length].
at::Tensor cell_means(std::int64_t cells, std::int64_t length, const at::Tensor& like) {
  auto weights = at::zeros({cells, length}, at::kDouble);
  auto rows = weights.accessor<double, 2>();
  for (std::int64_t i = 0; i < cells; ++i) {
    const auto begin = i * length / cells;
    const auto end = ((i + 1) * length + cells - 1) / cells;
    for (auto k = begin; k < end; ++k) rows[i][k] = 1.0 / static_cast<double>(end - begin);
  }
  return weights.to(like.options(), /*non_blocking=*/true);
}

}  // namespace

at::Tensor pool_to_grid(const at::Tensor& patches, ImageSize size) {
  const auto batch = patches.size(0), height = patches.size(1), width = patches.size(2),
             channels = patches.size(3);
  const auto rows = cell_means(size.height, height, patches);
  const auto columns = cell_means(size.width, width, patches);
  const auto pooled = at::matmul(rows, patches.reshape({batch, height, width * channels}));
  return at::matmul(columns, pooled.view({batch, size.height, width, channels}));
}

}  // namespace triptych::layers
