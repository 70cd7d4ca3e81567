#pragma once

#include <ATen/core/Tensor.h>

namespace triptych::layers {

/// softmax(q k^T / sqrt(D) + bias) v over the last two axes: q [..., M, D], k and v [..., N, D],
/// bias broadcastable to [..., M, N], or undefined. Five axes at most.
///
/// Chooses by measurement. On CUDA and for inference of long windows on the CPU: the fused kernel
/// of torch, all leading axes but the first folded into heads, so that one bias without copies
/// serves every sample. Else plain matrix products: on the CPU the fused kernel has no gradient for
/// a bias, and below 64 keys it is slower.
[[nodiscard]] at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                const at::Tensor& bias);

}  // namespace triptych::layers
