#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <triptych/dims.h>
#include <triptych/layers/resize.h>

#include <cstdint>
#include <memory>

#include "fuse.h"
#include "options.h"
#include "prompt_side.h"

namespace triptych::prompt_fusion {

/// What one level's prompt fusion is built for.
struct LevelSize {
  std::int64_t channels = 0;         ///< C of the level
  std::int64_t prompt_channels = 0;  ///< C of the prompts of the level's stage
  std::int64_t tasks = 0;
  std::int64_t radius = 1;  ///< of local pooling, cells
  ImageSize low_pass_grid;
  bool has_spatial = true;  ///< the map over cells is wanted
  bool has_channel = true;  ///< the vector over channels is wanted
};

/// Prompt fusion at one level (formulas in plugins/fusion/prompt_fusion.cpp).
class LevelFusion : public torch::nn::Module {
 public:
  LevelFusion(const Options& options, const LevelSize& size);

  /// What the tasks' prompts [B, T, C'] have to say, [B, T, E].
  at::Tensor asked(const at::Tensor& prompts, Context& context);
  /// The fused descriptors of each cell of a map [B, C, H, W]: [B, H W, E].
  at::Tensor keys(const at::Tensor& map, Context& context);
  /// a dA of the tasks `first` ... `first + count - 1`, [B, count, H, W].
  at::Tensor spatial(const at::Tensor& asked, const at::Tensor& keys, ImageSize size,
                     std::int64_t first, std::int64_t count);
  /// b dR of all tasks, [B, T, C].
  at::Tensor channel(const at::Tensor& asked);

  [[nodiscard]] bool has_spatial() const { return size_.has_spatial; }
  [[nodiscard]] bool has_channel() const { return size_.has_channel; }

 private:
  /// One descriptor of z [B, E, H, W].
  at::Tensor descriptor(const std::string& name, const at::Tensor& z);

  Options options_;
  LevelSize size_;
  layers::GridPool pool_;
  std::shared_ptr<PromptSide> prompts_;
  std::shared_ptr<Fuse> prompt_fuse_, image_fuse_;  // null without descriptors
  torch::nn::Linear reduce_{nullptr}, raw_{nullptr}, query_{nullptr}, channel_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
  at::Tensor spatial_gate_, channel_gate_;  // [T], a and b
};

}  // namespace triptych::prompt_fusion
