#include "triptych/layers/linear.h"

#include <torch/types.h>

#include <algorithm>

#include "triptych/layers/init.h"

namespace triptych::layers {

torch::nn::Linear make_linear(std::int64_t in, std::int64_t out, bool bias) {
  torch::nn::Linear linear(torch::nn::LinearOptions(in, out).bias(bias));
  const torch::NoGradGuard no_grad;
  fill_truncated_normal(linear->weight);
  if (bias) linear->bias.zero_();
  return linear;
}

torch::nn::LayerNorm make_layer_norm(std::int64_t channels) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels}).eps(1e-5));
}

Mlp::Mlp(std::int64_t channels, std::int64_t hidden)
    : fc1_(register_module("fc1", make_linear(channels, hidden))),
      fc2_(register_module("fc2", make_linear(hidden, channels))) {}

at::Tensor Mlp::forward(const at::Tensor& x) { return fc2_->forward(at::gelu(fc1_->forward(x))); }

}  // namespace triptych::layers
