#pragma once

#include <torch/version.h>

#include <memory>

#include "triptych/stamp.h"

/// How TRIPTYCH_PLUGIN makes what a plugin exports: its stamp and its factory (the struct of plain
/// function pointers in each slot's header). The host reads a factory only after the stamp passed.

namespace triptych {

/// Constructs T as its slot.
template <class S, class T, class... Arguments>
std::shared_ptr<S> build(Arguments... arguments) {
  return std::make_shared<T>(arguments...);
}

struct SlotIdentity {
  const char* slot;
  const char* slot_hash;
};

/// The stamp of the unit that includes this header. The host makes one as well and compares.
constexpr Stamp make_stamp(SlotIdentity identity, const char* source_hash) {
#ifdef TRIPTYCH_CUDA_KERNELS
  constexpr std::int32_t cuda_version = TRIPTYCH_CUDA_KERNELS;
#else
  constexpr std::int32_t cuda_version = 0;
#endif
#ifdef __clang__
  constexpr const char* compiler = "clang " __clang_version__;
#else
  constexpr const char* compiler = "gcc " __VERSION__;
#endif
  return {kStampMagic,  kStampVersion, stamp_flags(),      __cplusplus,   _GLIBCXX_USE_CXX11_ABI,
          cuda_version, identity.slot, identity.slot_hash, TORCH_VERSION, compiler,
          source_hash};
}

}  // namespace triptych
