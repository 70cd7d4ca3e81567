/// Hostile: aborts in a static initialiser.
#include <cstdlib>

namespace {

struct Aborter {
  Aborter() { std::abort(); }
};
const Aborter aborter;

}  // namespace
