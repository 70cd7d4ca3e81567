#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <cstdint>

namespace triptych::layers {

/// Linear layer with weights from a truncated normal distribution (std 0.02) and bias 0.
[[nodiscard]] torch::nn::Linear make_linear(std::int64_t in, std::int64_t out, bool bias = true);

/// LayerNorm over the last axis, eps 1e-5.
[[nodiscard]] torch::nn::LayerNorm make_layer_norm(std::int64_t channels);

/// fc2(GELU(fc1(x))) over the last axis. Parameters: fc1, fc2.
class Mlp : public torch::nn::Module {
 public:
  Mlp(std::int64_t channels, std::int64_t hidden);
  at::Tensor forward(const at::Tensor& x);

 private:
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
};

}  // namespace triptych::layers
