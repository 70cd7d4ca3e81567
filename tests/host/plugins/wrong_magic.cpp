/// A stamp that is not ours.
#include <boost/dll/alias.hpp>

#include "triptych/stamp.h"

namespace wrong_magic {

extern constinit const triptych::Stamp stamp;
constinit const triptych::Stamp stamp{
    1, triptych::kStampVersion, triptych::kFlagNdebug, 202002, 1, 0, "fusion", "", "2.13.0", "",
    ""};
extern constinit const int factory;
constinit const int factory = 0;

}  // namespace wrong_magic

BOOST_DLL_ALIAS(wrong_magic::stamp, triptych_stamp)
BOOST_DLL_ALIAS(wrong_magic::factory, triptych_factory)
