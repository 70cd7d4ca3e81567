#include "triptych/train/digest.h"

#include <span>
#include <string_view>

#include <triptych/core/hash.h>

#include "triptych/train/safetensors.h"

namespace triptych::train {

std::string tensors_digest(const std::map<std::string, at::Tensor>& tensors) {
  constexpr std::string_view kEnd("\0", 1);
  core::Sha256 sha;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    sha.update(name);
    sha.update(kEnd);
    sha.update(safetensors_dtype(plain.scalar_type()));
    sha.update(kEnd);
    for (std::int64_t i = 0; i < plain.dim(); ++i) {
      sha.update((i > 0 ? "," : "") + std::to_string(plain.size(i)));
    }
    sha.update(kEnd);
    sha.update(std::span(static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()));
  }
  return sha.finish_hex();
}

}  // namespace triptych::train
