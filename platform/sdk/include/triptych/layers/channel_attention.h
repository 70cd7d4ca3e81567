#pragma once

#include <torch/nn/module.h>

#include <cstdint>

#include "triptych/dims.h"
#include "triptych/layers/linear.h"
#include "triptych/layers/resize.h"

namespace triptych::layers {

/// Attention of prompts to channels: the axes of keys are channels, their entries a linear map of
/// the patches (Ye and Xu 2023, TaskPrompter, section 3; formulas in plugins/prompt/
/// spatial_channel.cpp). With n heads the E entries are a square picture cut into sqrt(n) x sqrt(n)
/// blocks, one head each.
class ChannelAttention : public torch::nn::Module {
 public:
  struct Options {
    std::int64_t channels = 0;  ///< C of the patches and prompts
    std::int64_t width = 256;   ///< E
    std::int64_t heads = 1;     ///< n, a square number
    ImageSize grid;             ///< cells that chan_kv maps: of the pooled grid, or of all patches
    bool is_pooled = true;      ///< average the patches over `grid` first
    bool updates_prompts = true;  ///< false: only the logits are made, and chan_proj and
                                  ///< token_trans1 do not exist
  };
  /// Throws Error module.121 when `heads` does not cut `width` into equal square blocks.
  explicit ChannelAttention(const Options& options);

  struct Result {
    at::Tensor logits;   ///< [B, T, C, sqrt n, sqrt n] raw, unscaled
    at::Tensor prompts;  ///< [B, T, C] change of the prompts; undefined without updates_prompts
  };
  /// `prompts` [B, T, C] not normed, `patches` [B, H, W, C] after attention, before the residual.
  /// Throws Error module.122 when the patches are not those that the weights were made for.
  Result forward(const at::Tensor& prompts, const at::Tensor& patches);

 private:
  /// [B, M, E] -> [B, n, M, E / n].
  at::Tensor split(const at::Tensor& x) const;
  /// The inverse.
  at::Tensor join(const at::Tensor& x) const;

  Options options_;
  GridPool pool_;
  std::int64_t side_ = 1;   // sqrt n
  std::int64_t block_ = 1;  // side of a head's block, 0 with one head
  torch::nn::Linear token_trans_{nullptr}, chan_q_{nullptr}, chan_kv_{nullptr};
  torch::nn::Linear chan_proj_{nullptr}, token_trans1_{nullptr};
};

}  // namespace triptych::layers
