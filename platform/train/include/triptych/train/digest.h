#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace triptych::train {

/// SHA-256 (64 hexadecimal digits) over all tensors in the order of their names: for each the name,
/// its dtype ("F32"), its shape ("2,3"), a zero byte after each of the three, and its bytes,
/// row-major and little-endian. Equal exactly when every bit is.
[[nodiscard]] std::string tensors_digest(const std::map<std::string, at::Tensor>& tensors);

}  // namespace triptych::train
