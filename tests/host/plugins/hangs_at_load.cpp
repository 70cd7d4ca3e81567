/// Hostile: never comes back from a static initialiser.
#include <unistd.h>

namespace {

struct Sleeper {
  Sleeper() {
    while (true) pause();
  }
};
const Sleeper sleeper;

}  // namespace
