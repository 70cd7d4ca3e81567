#include "triptych/layers/level_sum.h"

namespace triptych::layers {

LevelSum::LevelSum(const std::vector<LevelDims>& levels, std::int64_t width) {
  if (levels.size() == 1 && levels.front().channels == width) return;
  project_ = register_module("project", torch::nn::ModuleList());
  for (const auto& level : levels) {
    project_->push_back(make_conv(level.channels, width, {.kernel = 1}));
  }
}

at::Tensor LevelSum::forward(const Pyramid& levels) {
  if (!project_) return levels.front().map;
  const auto finest = size_of(levels.front().map);
  at::Tensor sum;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const auto projected = project_[l]->as<torch::nn::Conv2d>()->forward(levels[l].map);
    const auto resized = resize_bilinear(projected, finest);
    sum = sum.defined() ? sum + resized : resized;
  }
  return sum;
}

}  // namespace triptych::layers
