#include "level_fusion.h"

#include <torch/types.h>
#include <triptych/layers/linear.h>

#include <algorithm>
#include <cmath>

namespace triptych::prompt_fusion {

LevelFusion::LevelFusion(const Options& options, const LevelSize& size)
    : options_(options), size_(size), pool_(size.low_pass_grid) {
  const auto width = options.width;
  const PromptRows rows{.all = size.tasks, .begin = 0, .count = size.tasks, .per_task = 1};
  prompts_ =
      register_module("prompts", std::make_shared<PromptSide>(options, size.prompt_channels, rows,
                                                              /*is_read=*/true));
  if (!prompts_->names().empty()) {
    prompt_fuse_ = register_module("prompt_fuse",
                                   std::make_shared<Fuse>(options.fuse, prompts_->names(), width));
  }
  const auto gate = [&] { return torch::full({size.tasks}, options.gate_start); };
  if (size.has_spatial) {
    reduce_ = register_module("reduce", make_projection(size.channels, width));
    norm_ = register_module("norm", layers::make_layer_norm(width));
    if (options.reading("image_raw") == "linear") {
      raw_ = register_module("raw", make_projection(width, width));
    }
    image_fuse_ = register_module(
        "image_fuse", std::make_shared<Fuse>(options.fuse, options.active("image"), width));
    query_ = register_module("query", make_projection(width, width));
    spatial_gate_ = register_parameter("spatial_gate", gate());
  }
  if (size.has_channel) {
    channel_ = register_module("channel", make_projection(width, size.channels));
    channel_gate_ = register_parameter("channel_gate", gate());
  }
}

at::Tensor LevelFusion::asked(const at::Tensor& prompts, Context& context) {
  const auto y = prompts_->reduce(prompts);
  const auto values = prompts_->values(y, context);
  const auto fused =
      prompts_->with_attention(prompt_fuse_ ? prompt_fuse_->forward(values, y) : at::Tensor(), y);
  return fused.defined() ? fused : y;
}

at::Tensor LevelFusion::keys(const at::Tensor& map, Context& context) {
  const auto tokens = norm_->forward(reduce_->forward(map.flatten(2).transpose(1, 2)));
  const auto z = tokens.transpose(1, 2).view({map.size(0), -1, map.size(2), map.size(3)});
  std::vector<at::Tensor> values;  // each [B, N, E] or [B, N, 1]
  for (const auto& name : options_.active("image")) {
    auto value = tokens;
    if (!options_.is_plain() && name != "image_raw") {
      value = descriptor(name, z).flatten(2).transpose(1, 2);
    }
    value = options_.controlled(name, value, context);
    values.push_back(name == "image_raw" && raw_ ? raw_->forward(value) : value);
  }
  return image_fuse_->forward(values, tokens);
}

at::Tensor LevelFusion::descriptor(const std::string& name, const at::Tensor& z) {
  const auto& reading = options_.reading(name);
  const auto side = 2 * size_.radius + 1;
  if (reading == "max") return torch::max_pool2d(z, side, /*stride=*/1, size_.radius);
  if (reading == "average") {
    return torch::avg_pool2d(z, side, /*stride=*/1, size_.radius, /*ceil_mode=*/false,
                             /*count_include_pad=*/false);
  }
  if (reading == "topk") {
    const auto count = std::min(options_.top_k, z.size(1));
    return std::get<0>(z.topk(count, /*dim=*/1)).mean(1, /*keepdim=*/true).expand_as(z);
  }
  const auto cells = pool_.forward(z.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
  return layers::resize_bilinear(cells.contiguous(), layers::size_of(z));
}

at::Tensor LevelFusion::spatial(const at::Tensor& asked, const at::Tensor& keys, ImageSize size,
                                std::int64_t first, std::int64_t count) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(options_.width));
  const auto query = query_->forward(asked.narrow(1, first, count)) *
                     (scale * spatial_gate_.narrow(0, first, count).unsqueeze(-1));
  return torch::matmul(query, keys.transpose(1, 2)).unflatten(2, {size.height, size.width});
}

at::Tensor LevelFusion::channel(const at::Tensor& asked) {
  return channel_gate_.unsqueeze(-1) * channel_->forward(asked);
}

}  // namespace triptych::prompt_fusion
