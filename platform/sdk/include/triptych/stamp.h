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

/// gcc tells of its sanitizers by macros, clang by features.
#if defined(__has_feature)
#define TRIPTYCH_HAS_FEATURE(feature) __has_feature(feature)
#else
#define TRIPTYCH_HAS_FEATURE(feature) 0
#endif

/// The flags of the unit that includes this header.
constexpr std::uint32_t stamp_flags() {
  std::uint32_t flags = 0;
#ifdef _GLIBCXX_DEBUG
  flags |= kFlagGlibcxxDebug;
#endif
#if defined(__SANITIZE_ADDRESS__) || TRIPTYCH_HAS_FEATURE(address_sanitizer)
  flags |= kFlagAddressSanitizer;
#endif
#if defined(__SANITIZE_THREAD__) || TRIPTYCH_HAS_FEATURE(thread_sanitizer)
  flags |= kFlagThreadSanitizer;
#endif
#ifdef NDEBUG
  flags |= kFlagNdebug;
#endif
  return flags;
}

#undef TRIPTYCH_HAS_FEATURE

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
