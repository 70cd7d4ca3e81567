#include "triptych/layers/attention.h"

#include <torch/types.h>

#include <cmath>

namespace triptych::layers {

namespace {

constexpr std::int64_t kFusedKeys =
    64;  // 2 cores, 32 channels per head: 38 keys 0.7 against 1.0 ms,
         // 66 keys 2.5 against 1.9 ms, 147 keys 94 against 46 ms

bool uses_fused(const at::Tensor& q, const at::Tensor& k, const at::Tensor& bias) {
  const bool grad_mode = at::GradMode::is_enabled();
  const bool bias_needs = grad_mode && bias.defined() && bias.requires_grad();
  const bool query_needs = grad_mode && q.requires_grad();
  // The fused backward of CUDA fails where only the bias needs a gradient (pytorch issue 188302).
  if (q.is_cuda()) return query_needs || !bias_needs;
  return !query_needs && !bias_needs && k.size(-2) >= kFusedKeys;
}

at::Tensor folded(const at::Tensor& x) {
  return x.reshape({x.size(0), -1, x.size(-2), x.size(-1)});
}

/// [..., M, N] over the leading axes after the first, as [1, G, M, N].
at::Tensor folded_bias(const at::Tensor& bias, const at::Tensor& q, const at::Tensor& k) {
  std::vector<std::int64_t> shape(q.sizes().begin() + 1, q.sizes().end());
  shape.back() = k.size(-2);
  return bias.to(q.scalar_type()).expand(shape).reshape({1, -1, q.size(-2), k.size(-2)});
}

}  // namespace

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& bias) {
  if (uses_fused(q, k, bias)) {
    std::optional<at::Tensor> mask;
    if (bias.defined()) mask = folded_bias(bias, q, k);
    return at::scaled_dot_product_attention(folded(q), folded(k), folded(v), mask).view(q.sizes());
  }
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(-1)));
  auto logits = at::matmul(q * scale, k.transpose(-2, -1));
  if (bias.defined()) logits = logits + bias;
  return at::matmul(logits.softmax(-1), v);
}

}  // namespace triptych::layers
