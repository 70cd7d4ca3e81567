#include "triptych/layers/resize.h"

#include <ATen/ops/matmul.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

namespace triptych::layers {

at::Tensor resize_bilinear(const at::Tensor& map, ImageSize size) {
  if (map.size(-2) == size.height && map.size(-1) == size.width) return map;
  return at::upsample_bilinear2d(map, {size.height, size.width}, /*align_corners=*/false);
}

ImageSize size_of(const at::Tensor& map) { return {map.size(-2), map.size(-1)}; }

namespace {

at::Tensor cell_means(std::int64_t cells, std::int64_t length) {
  auto weights = at::zeros({cells, length}, at::kDouble);
  auto rows = weights.accessor<double, 2>();
  for (std::int64_t i = 0; i < cells; ++i) {
    const auto begin = i * length / cells;
    const auto end = ((i + 1) * length + cells - 1) / cells;
    for (auto k = begin; k < end; ++k) rows[i][k] = 1.0 / static_cast<double>(end - begin);
  }
  return weights;
}

}  // namespace

const at::Tensor& GridPool::means(std::int64_t cells, std::int64_t length, const at::Tensor& like) {
  const std::tuple key{cells, length, static_cast<int>(like.device().type()),
                       static_cast<int>(like.device().index()),
                       static_cast<int>(like.scalar_type())};
  const auto found = means_.find(key);
  if (found != means_.end()) return found->second;
  const c10::InferenceMode ordinary(
      false);  // the first pass may be inference, a later one training
  return means_.emplace(key, cell_means(cells, length).to(like.options())).first->second;
}

at::Tensor GridPool::forward(const at::Tensor& patches) {
  const auto batch = patches.size(0), height = patches.size(1), width = patches.size(2),
             channels = patches.size(3);
  const auto& rows = means(size_.height, height, patches);
  const auto& columns = means(size_.width, width, patches);
  const auto pooled = at::matmul(rows, patches.reshape({batch, height, width * channels}));
  return at::matmul(columns, pooled.view({batch, size_.height, width, channels}));
}

}  // namespace triptych::layers
