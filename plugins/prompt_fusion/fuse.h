#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <string>
#include <vector>

namespace triptych::prompt_fusion {

/// A linear layer that keeps the variance of its input: weights from a truncated normal of standard
/// deviation 1 / sqrt(in), bias 0. What a gate lets in is then of the size of normed tokens.
[[nodiscard]] torch::nn::Linear make_projection(std::int64_t in, std::int64_t out,
                                                bool bias = false);

/// D descriptors of width E become one vector; `own` is what asks (the prompt, or the cell).
///
///   gate           f = sum_i sigmoid(g_i . own + b_i) W_i d_i
///   attention      f = sum_i a_i V d_i,   a = softmax_i(own . (K d_i + e_i) / sqrt(E))
///   concat_linear  f = sum_i W_i d_i      one bias-free matrix on the concatenation
///
/// In `gate` and `concat_linear` a descriptor of zeros is a descriptor that is off. In `attention`
/// it is not: one that is off takes no share of the softmax.
class Fuse : public torch::nn::Module {
 public:
  /// `names`: of the descriptors, at least one; the matrices W_i bear them.
  Fuse(const std::string& kind, const std::vector<std::string>& names, std::int64_t width);

  /// `descriptors` in the order of the names, each broadcastable to `own` [B, M, E]; returns
  /// [B, M, E].
  at::Tensor forward(const std::vector<at::Tensor>& descriptors, const at::Tensor& own);

 private:
  at::Tensor attended(const std::vector<at::Tensor>& descriptors, const at::Tensor& own);

  std::vector<torch::nn::Linear> maps_;              // W_i
  std::vector<torch::nn::Linear> gates_;             // g_i, b_i
  torch::nn::Linear key_{nullptr}, value_{nullptr};  // K, V
  at::Tensor kinds_;                                 // [D, E], the e_i
};

}  // namespace triptych::prompt_fusion
