#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>

#include "triptych/layers/linear.h"
#include "triptych/layers/window.h"

namespace triptych::layers {

/// What WindowAttention gives.
struct WindowAttended {
  at::Tensor patches;  ///< [B, H, W, C]
  at::Tensor prompts;  ///< [B, P, C], averaged over the windows; undefined when not asked for
  std::function<at::Tensor()> patch_logits;   ///< [B, heads, P, H, W] raw, computed when called
  std::function<at::Tensor()> prompt_logits;  ///< [B, heads, P, P] raw, computed when called
};

/// Attention in windows with prompts in front of the patches of every window, all through one qkv
/// projection.
///
///   S = q k^T                                  raw logits, also those that are kept for decoding
///   out = softmax(S / sqrt(D) + bias + mask) v
///
/// Bias (relative position table) and shift mask act between patches only. A prompt's output is the
/// mean over windows; the output projection is affine, so the mean is taken before it. Prompt
/// queries are equal in all windows: the kept map is one product of P queries with all keys.
///
/// Sources: Liu et al. 2021 (Swin), equations 3-4; Ye and Xu 2023 (TaskPrompter), section 3.
/// Parameters: qkv, proj, relative_position_bias_table [(2 window - 1)^2, heads].
class WindowAttention : public torch::nn::Module {
 public:
  struct Options {
    std::int64_t channels = 0;
    std::int64_t heads = 1;
    std::int64_t window = 7;  ///< side of a full window, cells
    bool qkv_bias = true;
  };
  explicit WindowAttention(const Options& options);

  /// `patches` [B, H, W, C] and `prompts` [B, P, C] (or undefined) are normed. Without
  /// `asks_prompts` the prompts are only keys and values.
  WindowAttended forward(const at::Tensor& patches, const at::Tensor& prompts,
                         const WindowGrid& grid, bool asks_prompts);

 private:
  /// Bias and mask of the queries, broadcastable to [B, nW, heads, M, P + N].
  at::Tensor bias_of(const WindowGrid& grid, std::int64_t prompts, bool asks_prompts,
                     const at::Tensor& like);

  /// Constants of one grid on one device.
  struct Constants {
    at::Tensor positions;  // [N, N] rows of the table
    at::Tensor mask;       // [nW, 1, P + N, P + N], or undefined
  };
  const Constants& constants_of(const WindowGrid& grid, std::int64_t prompts,
                                const at::Tensor& like);

  Options options_;
  torch::nn::Linear qkv_{nullptr}, proj_{nullptr};
  at::Tensor table_;  // [(2 window - 1)^2, heads]
  using Key = std::tuple<std::int64_t, std::int64_t, bool, std::int64_t, int, int, int>;
  std::map<Key, Constants> constants_;
};

}  // namespace triptych::layers
