/// A stamp of a later version, whose other members mean something else.
#include <boost/dll/alias.hpp>

#include "triptych/stamp.h"

namespace newer_stamp {

extern constinit const triptych::Stamp stamp;
constinit const triptych::Stamp stamp{triptych::kStampMagic,
                                      triptych::kStampVersion + 1,
                                      0,
                                      0,
                                      0,
                                      0,
                                      nullptr,
                                      nullptr,
                                      nullptr,
                                      nullptr,
                                      nullptr};
extern constinit const int factory;
constinit const int factory = 0;

}  // namespace newer_stamp

BOOST_DLL_ALIAS(newer_stamp::stamp, triptych_stamp)
BOOST_DLL_ALIAS(newer_stamp::factory, triptych_factory)
