#include "triptych/train/clip.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

namespace triptych::train {

at::Tensor global_norm(const std::vector<at::Tensor>& gradients) {
  if (gradients.empty()) return at::zeros({});
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)));
}

at::Tensor clip_by_global_norm(const std::vector<at::Tensor>& gradients, double max_norm) {
  const at::NoGradGuard no_grad;
  const at::Tensor norm = global_norm(gradients);
  if (gradients.empty()) return norm;
  const at::Tensor scale = (max_norm / (norm + 1e-6)).clamp_max(1.0);  // 1e-6: a zero gradient
  at::_foreach_mul_(gradients, scale);
  return norm;
}

}  // namespace triptych::train
