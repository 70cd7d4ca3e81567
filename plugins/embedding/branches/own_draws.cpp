#include "own_draws.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace triptych::branches {

namespace {

/// FNV-1a, begun from the seed.
std::uint64_t hashed(std::uint64_t seed, std::string_view name) {
  auto hash = seed ^ 0xcbf29ce484222325ull;
  for (const char letter : name) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ull;
  }
  return hash;
}

}  // namespace

OwnDraws::OwnDraws(std::string_view name) : generator_(at::detail::getDefaultCPUGenerator()) {
  const std::lock_guard lock(generator_.mutex());
  state_ = generator_.get_state();
  generator_.set_current_seed(hashed(generator_.current_seed(), name));
}

OwnDraws::~OwnDraws() {
  const std::lock_guard lock(generator_.mutex());
  generator_.set_state(state_);
}

}  // namespace triptych::branches
