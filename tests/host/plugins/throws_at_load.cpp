/// Hostile: throws in a static initialiser. The C++ runtime then ends the process.
#include <stdexcept>

namespace {

struct Thrower {
  Thrower() { throw std::runtime_error("thrown while loading"); }
};
const Thrower thrower;

}  // namespace
