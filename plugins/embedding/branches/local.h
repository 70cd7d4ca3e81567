#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cost.h"

namespace triptych::branches {

/// n with 2^n = stride. Throws Error("module.102") for a stride that is no power of two from 2 on.
[[nodiscard]] std::int64_t num_halvings(const std::string& owner, std::int64_t stride);

/// Channels that double with each of `num_halvings` steps and end at `width`.
[[nodiscard]] std::vector<std::int64_t> doubling_channels(std::int64_t num_halvings,
                                                          std::int64_t width);

/// The local branch: overlapping 3x3 convolutions of stride 2,
///   x_0 = rgb;  x_{i+1} = GELU(norm(conv(x_i)));  X_l = x_n.
/// Its parameters (`steps`) belong to `owner`.
class LocalBranch {
 public:
  /// `channels`: of each step. `norm`: one of layers::norm_kinds().
  LocalBranch(torch::nn::Module& owner, const std::vector<std::int64_t>& channels,
              const std::string& norm);

  /// rgb [B, 3, H, W] -> [B, H/2^n, W/2^n, C], odd sides rounded up at each step.
  [[nodiscard]] at::Tensor forward(const at::Tensor& rgb);

  [[nodiscard]] static Cost cost(const std::vector<std::int64_t>& channels);

 private:
  torch::nn::ModuleList steps_;
};

}  // namespace triptych::branches
