#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace triptych::train {

/// L2 norm of all gradients together: a scalar on their device, without waiting for it. 0 for an
/// empty list.
[[nodiscard]] at::Tensor global_norm(const std::vector<at::Tensor>& gradients);

/// Scales the gradients in place by min(1, max_norm / (norm + 1e-6)) and gives the norm before.
/// Never waits for the device. A norm that is not finite makes the gradients not finite: it is
/// reported as a failure, not hidden.
at::Tensor clip_by_global_norm(const std::vector<at::Tensor>& gradients, double max_norm);

}  // namespace triptych::train
