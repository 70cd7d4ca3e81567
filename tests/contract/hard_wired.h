#pragma once

#include <torch/nn.h>
#include <torch/types.h>

#include <array>
#include <cmath>
#include <vector>

#include "fixture.h"

namespace triptych::testing {

/// The layers of tile, mixer with two stages of one block, one_map for each task, and, where asked
/// for, map_rows and map_decode, written down in one class without slots, chains or a host.
class HardWired : public torch::nn::Module {
 public:
  HardWired(std::int64_t tasks, bool has_prompts) : tasks_(tasks), has_prompts_(has_prompts) {
    using namespace torch::nn;
    tile_ = register_module("tile", Conv2d(Conv2dOptions(3, kWidth, 4).stride(4)));
    if (has_prompts) rows_ = register_parameter("rows", torch::zeros({tasks, kWidth}));
    for (const std::int64_t c : {kWidth, 2 * kWidth}) {
      norms_->push_back(LayerNorm(LayerNormOptions({c})));
      qkvs_->push_back(Linear(c, 3 * c));
      projections_->push_back(Linear(c, c));
      for (std::int64_t t = 0; t < tasks; ++t) {
        if (has_prompts) decodes_->push_back(Conv2d(Conv2dOptions(c, kDecoded, 1)));
        heads_->push_back(Conv2d(Conv2dOptions(has_prompts ? kDecoded : c, 1, 1)));
      }
    }
    merge_ = register_module("merge", Linear(4 * kWidth, 2 * kWidth));
    if (has_prompts) prompt_merge_ = register_module("prompt_merge", Linear(kWidth, 2 * kWidth));
    register_module("norms", norms_);
    register_module("qkvs", qkvs_);
    register_module("projections", projections_);
    register_module("decodes", decodes_);
    register_module("heads", heads_);
  }

  /// One map [B, 1, H/4, W/4] per task.
  std::vector<torch::Tensor> forward(const torch::Tensor& rgb) {
    auto x = tile_->forward(rgb).permute({0, 2, 3, 1});  // [B, H, W, C]
    torch::Tensor prompts;
    if (has_prompts_) prompts = rows_.expand({rgb.size(0), -1, -1});
    std::array<torch::Tensor, 2> levels;
    std::array<torch::Tensor, 2> maps;  // [B, 1, T, h, w]
    for (std::size_t stage = 0; stage < 2; ++stage) {
      maps[stage] = block(stage, x, prompts);
      levels[stage] = x.permute({0, 3, 1, 2});
      if (stage == 1) break;
      const auto b = x.size(0), h = x.size(1) / 2, w = x.size(2) / 2, c = x.size(3);
      const auto tiles = x.view({b, h, 2, w, 2, c}).permute({0, 1, 3, 2, 4, 5});
      x = merge_->forward(tiles.reshape({b, h, w, 4 * c}));
      if (!has_prompts_) continue;
      const auto merged = torch::avg_pool2d(maps[0].flatten(0, 1), 2);
      maps[0] = merged.view({b, -1, tasks_, h, w});
      prompts = prompt_merge_->forward(prompts);
    }
    return predict(levels, maps);
  }

  /// Takes the weights of a composed model of the same layers.
  void copy_from(const compose::Model& model) {
    const torch::NoGradGuard no_grad;
    const auto source = model.named_parameters();
    const auto copy = [&](const std::string& name, torch::nn::Module& layer) {
      layer.named_parameters()["weight"].copy_(source[name + ".weight"]);
      layer.named_parameters()["bias"].copy_(source[name + ".bias"]);
    };
    copy("embedding.project", *tile_);
    copy("encoder.merges.0", *merge_);
    if (has_prompts_) rows_.copy_(source["prompt.0.rows"]);
    if (has_prompts_) copy("prompt.0.merges.0", *prompt_merge_);
    for (std::size_t stage = 0; stage < 2; ++stage) {
      const auto s = std::to_string(stage);
      copy("encoder.norms." + s, *norms_[stage]);
      copy("encoder.qkvs." + s, *qkvs_[stage]);
      copy("encoder.projections." + s, *projections_[stage]);
      for (std::int64_t t = 0; t < tasks_; ++t) {
        const auto task = model.task_names()[static_cast<std::size_t>(t)];
        if (has_prompts_)
          copy("fusion.0.projections." + std::to_string(2 * t + stage), *decodes_[index(stage, t)]);
        copy("head." + task + ".projections." + s, *heads_[index(stage, t)]);
      }
    }
  }

 private:
  static constexpr std::int64_t kWidth = 16;
  static constexpr std::int64_t kDecoded = 8;

  [[nodiscard]] std::size_t index(std::size_t stage, std::int64_t task) const {
    return stage * static_cast<std::size_t>(tasks_) + static_cast<std::size_t>(task);
  }

  // Changes patches and prompts in place; returns the raw prompt-to-patch logits.
  torch::Tensor block(std::size_t stage, torch::Tensor& x, torch::Tensor& prompts) {
    const auto b = x.size(0), h = x.size(1), w = x.size(2), c = x.size(3);
    const auto p = has_prompts_ ? tasks_ : 0;
    auto tokens = x.reshape({b, h * w, c});
    if (has_prompts_) tokens = torch::cat({prompts, tokens}, 1);
    const auto normed = norms_[stage]->as<torch::nn::LayerNorm>()->forward(tokens);
    const auto parts = qkvs_[stage]->as<torch::nn::Linear>()->forward(normed).chunk(3, -1);
    const auto q = parts[0], k = parts[1];
    const auto mixed = torch::softmax(torch::matmul(q, k.transpose(1, 2)) / std::sqrt(c), -1);
    const auto attended =
        projections_[stage]->as<torch::nn::Linear>()->forward(torch::matmul(mixed, parts[2]));
    torch::Tensor logits;
    if (has_prompts_) {
      logits = torch::matmul(q.slice(1, 0, p), k.slice(1, p).transpose(1, 2)).view({b, 1, p, h, w});
    }
    x = x + attended.slice(1, p).view({b, h, w, c});
    if (has_prompts_ && stage == 0) prompts = prompts + attended.slice(1, 0, p);
    return logits;
  }

  std::vector<torch::Tensor> predict(const std::array<torch::Tensor, 2>& levels,
                                     const std::array<torch::Tensor, 2>& maps) {
    std::vector<torch::Tensor> predictions;
    for (std::int64_t t = 0; t < tasks_; ++t) {
      torch::Tensor sum;
      for (std::size_t l = 0; l < 2; ++l) {
        auto map = levels[l];
        if (has_prompts_) {
          auto weight = maps[l].mean(1).slice(1, t, t + 1);
          weight =
              torch::upsample_bilinear2d(weight, map.sizes().slice(2), /*align_corners=*/false);
          map = decodes_[index(l, t)]->as<torch::nn::Conv2d>()->forward(map * (1 + weight));
        }
        map = heads_[index(l, t)]->as<torch::nn::Conv2d>()->forward(map);
        if (l > 0)
          map = torch::upsample_bilinear2d(map, sum.sizes().slice(2), /*align_corners=*/false);
        sum = l == 0 ? map : sum + map;
      }
      predictions.push_back(sum);
    }
    return predictions;
  }

  std::int64_t tasks_;
  bool has_prompts_;
  torch::Tensor rows_;  // [T, C]
  torch::nn::Conv2d tile_{nullptr};
  torch::nn::Linear merge_{nullptr}, prompt_merge_{nullptr};
  torch::nn::ModuleList norms_, qkvs_, projections_, decodes_, heads_;
};

/// The same layers as plugins.
inline compose::Request composed_request(const std::vector<std::string>& tasks, bool has_prompts) {
  auto request = small_request(tasks);
  if (!has_prompts) return request;
  request.slots.prompt = {module("prompt", "map_rows")};
  request.slots.fusion = {module("fusion", "map_decode")};
  return request;
}

}  // namespace triptych::testing
