/// What a plugin for another torch looks like: its stamp says so, and it needs a function that this
/// torch lacks, so that it could not even be opened. 2.10: older than every torch that is
/// supported.
#include <boost/dll/alias.hpp>

#include "triptych/stamp.h"

namespace gone_since {
int function_of_the_other_torch();
}

namespace other_torch {

extern constinit const triptych::Stamp stamp;
constinit const triptych::Stamp stamp{triptych::kStampMagic,
                                      triptych::kStampVersion,
                                      triptych::kFlagNdebug,
                                      202002,
                                      1,
                                      0,
                                      "fusion",
                                      "0123456789abcdef",
                                      "2.10.0",
                                      "gcc 12.2.0",
                                      "feedface"};
using Function = int (*)();
extern constinit const Function factory;
constinit const Function factory = &gone_since::function_of_the_other_torch;

}  // namespace other_torch

BOOST_DLL_ALIAS(other_torch::stamp, triptych_stamp)
BOOST_DLL_ALIAS(other_torch::factory, triptych_factory)
