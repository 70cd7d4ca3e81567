#pragma once

#include <cstdint>

/// The stamp of a plugin: plain data that the host reads before it trusts anything else in the
/// file. A plugin built for another torch, another C++ ABI or other slot headers would crash; the
/// stamp turns that into a sentence.

namespace triptych {

inline constexpr std::uint64_t kStampMagic = 0x5452495054594348;  // "TRIPTYCH"
inline constexpr std::uint32_t kStampVersion = 1;  // of this struct; raise when its layout changes

/// Layout-changing flags of a build.
enum StampFlags : std::uint32_t {
  kFlagGlibcxxDebug = 1,
  kFlagAddressSanitizer = 2,
  kFlagThreadSanitizer = 4,
  kFlagNdebug = 8,
};

struct Stamp {
  std::uint64_t magic;
  std::uint32_t stamp_version;
  std::uint32_t flags;        ///< compared
  std::int64_t cplusplus;     ///< __cplusplus; compared
  std::int32_t cxx11_abi;     ///< _GLIBCXX_USE_CXX11_ABI; compared
  std::int32_t cuda_version;  ///< of own CUDA kernels; compared unless 0
  const char* slot;           ///< "fusion"; compared with the folder and file name
  const char* slot_hash;      ///< SHA-256 of the slot's headers without comments; compared
  const char* torch_version;  ///< TORCH_VERSION of the headers; compared
  const char* compiler;       ///< recorded
  const char* source_hash;    ///< SHA-256 of the sources without comments, "" if unknown; recorded
};

}  // namespace triptych
