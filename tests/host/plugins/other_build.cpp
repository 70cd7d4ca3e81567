/// A stamp that differs from any program's in everything that is compared. Its factory must never
/// be read: it is a null pointer where a function should stand.
#include <boost/dll/alias.hpp>

#include "triptych/stamp.h"

namespace other_build {

extern constinit const triptych::Stamp stamp;
constinit const triptych::Stamp stamp{
    triptych::kStampMagic,
    triptych::kStampVersion,
    triptych::kFlagGlibcxxDebug | triptych::kFlagAddressSanitizer | triptych::kFlagThreadSanitizer,
    201703,
    0,
    11080,
    "fusion",
    "0123456789abcdef",
    "1.13.1",
    "gcc 9.4.0",
    "feedface"};
extern constinit const void* const factory;
constinit const void* const factory = nullptr;

}  // namespace other_build

BOOST_DLL_ALIAS(other_build::stamp, triptych_stamp)
BOOST_DLL_ALIAS(other_build::factory, triptych_factory)
