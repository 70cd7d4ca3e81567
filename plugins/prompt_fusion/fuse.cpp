#include "fuse.h"

#include <torch/types.h>
#include <triptych/layers/init.h>

#include <cmath>

namespace triptych::prompt_fusion {

torch::nn::Linear make_projection(std::int64_t in, std::int64_t out, bool bias) {
  torch::nn::Linear linear(torch::nn::LinearOptions(in, out).bias(bias));
  layers::fill_truncated_normal(linear->weight, {.std = 1.0 / std::sqrt(static_cast<double>(in))});
  const torch::NoGradGuard no_grad;
  if (bias) linear->bias.zero_();
  return linear;
}

Fuse::Fuse(const std::string& kind, const std::vector<std::string>& names, std::int64_t width) {
  if (kind == "attention") {
    key_ = register_module("key", make_projection(width, width));
    value_ = register_module("value", make_projection(width, width));
    kinds_ =
        register_parameter("kinds", torch::empty({static_cast<std::int64_t>(names.size()), width}));
    layers::fill_truncated_normal(kinds_);
    return;
  }
  auto maps = register_module("maps", std::make_shared<torch::nn::Module>());
  auto gates = std::make_shared<torch::nn::Module>();
  if (kind == "gate") register_module("gates", gates);
  for (const auto& name : names) {
    maps_.push_back(maps->register_module(name, make_projection(width, width)));
    if (kind != "gate") continue;
    gates_.push_back(gates->register_module(name, make_projection(width, 1, /*bias=*/true)));
  }
}

at::Tensor Fuse::forward(const std::vector<at::Tensor>& descriptors, const at::Tensor& own) {
  if (key_) return attended(descriptors, own);
  at::Tensor sum;  // [B, M, E]
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    auto term = maps_[i]->forward(descriptors[i]);
    if (!gates_.empty()) term = torch::sigmoid(gates_[i]->forward(own)) * term;
    sum = i == 0 ? term : sum + term;
  }
  return sum.expand_as(own);
}

at::Tensor Fuse::attended(const std::vector<at::Tensor>& descriptors, const at::Tensor& own) {
  std::vector<at::Tensor> logits, values;
  const double scale = 1.0 / std::sqrt(static_cast<double>(own.size(-1)));
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    const auto key = key_->forward(descriptors[i]) + kinds_[static_cast<std::int64_t>(i)];
    logits.push_back((own * key).sum(-1, /*keepdim=*/true) * scale);  // [B, M, 1]
    values.push_back(value_->forward(descriptors[i]));
  }
  const auto shares = torch::cat(logits, -1).softmax(-1);  // [B, M, D]
  at::Tensor sum;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto term = shares.narrow(-1, static_cast<std::int64_t>(i), 1) * values[i];
    sum = i == 0 ? term : sum + term;
  }
  return sum;
}

}  // namespace triptych::prompt_fusion
