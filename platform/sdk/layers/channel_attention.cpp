#include "triptych/layers/channel_attention.h"

#include <torch/types.h>

#include <cmath>

#include "triptych/error.h"

namespace triptych::layers {

namespace {

/// The whole square root of `value`, or 0 when it is no square number.
std::int64_t whole_root(std::int64_t value) {
  const auto root = std::llround(std::sqrt(static_cast<double>(value)));
  return root * root == value ? root : 0;
}

}  // namespace

ChannelAttention::ChannelAttention(const Options& options)
    : options_(options), pool_(options.grid) {
  const auto [channels, width, heads] = std::tuple(options.channels, options.width, options.heads);
  if (heads > 1) {
    side_ = whole_root(heads);
    const auto picture = whole_root(width);
    if (side_ == 0 || picture == 0 || picture % side_ != 0) {
      throw Error(
          "module.121", "channel attention",
          "a width of " + std::to_string(width) + " cannot be cut into " + std::to_string(heads) +
              " square blocks",
          "Use square numbers for both, the root of one a divisor of the other's (256 and 16).");
    }
    block_ = picture / side_;
  }
  const auto cells = options.grid.height * options.grid.width;
  token_trans_ = register_module("token_trans", make_linear(channels, width));
  chan_q_ = register_module("chan_q", make_linear(width, width));
  chan_kv_ = register_module("chan_kv", make_linear(cells, 2 * width));
  if (!options.updates_prompts) return;
  chan_proj_ = register_module("chan_proj", make_linear(width, width));
  token_trans1_ = register_module("token_trans1", make_linear(width, channels));
}

at::Tensor ChannelAttention::split(const at::Tensor& x) const {
  if (options_.heads == 1) return x.unsqueeze(1);
  return x.reshape({x.size(0), x.size(1), side_, block_, side_, block_})
      .permute({0, 2, 4, 1, 3, 5})
      .reshape({x.size(0), options_.heads, x.size(1), block_ * block_});
}

at::Tensor ChannelAttention::join(const at::Tensor& x) const {
  if (options_.heads == 1) return x.squeeze(1);
  return x.reshape({x.size(0), side_, side_, x.size(2), block_, block_})
      .permute({0, 3, 1, 4, 2, 5})
      .reshape({x.size(0), x.size(2), options_.width});
}

ChannelAttention::Result ChannelAttention::forward(const at::Tensor& prompts,
                                                   const at::Tensor& patches) {
  const auto& grid = options_.grid;
  if (!options_.is_pooled && (patches.size(1) != grid.height || patches.size(2) != grid.width)) {
    throw Error("module.122", "channel attention",
                "the patches are " + std::to_string(patches.size(1)) + "x" +
                    std::to_string(patches.size(2)) + ", but its weights were made for " +
                    std::to_string(grid.height) + "x" + std::to_string(grid.width),
                "Use channel = \"pooled\" for weights that fit every image size.");
  }
  const auto q = split(chan_q_->forward(token_trans_->forward(prompts)));  // [B, n, T, E/n]
  const auto cells = options_.is_pooled ? pool_.forward(patches) : patches;
  const auto kv = chan_kv_->forward(cells.flatten(1, 2).transpose(1, 2));  // [B, C, 2E]
  const auto k = split(kv.slice(/*dim=*/2, 0, options_.width));            // [B, n, C, E/n]
  const auto logits = at::matmul(q, k.transpose(-2, -1));                  // [B, n, T, C]

  Result result;
  result.logits = logits.unflatten(1, {side_, side_}).permute({0, 3, 4, 1, 2});
  if (!options_.updates_prompts) return result;
  const auto v = split(kv.slice(/*dim=*/2, options_.width));
  const double scale = 1.0 / std::sqrt(static_cast<double>(options_.width / options_.heads));
  const auto attended = join(at::matmul((logits * scale).softmax(-1), v));
  result.prompts = token_trans1_->forward(chan_proj_->forward(attended));
  return result;
}

}  // namespace triptych::layers
