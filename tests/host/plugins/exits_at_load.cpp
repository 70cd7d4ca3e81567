/// Hostile: ends the process, with success, in a static initialiser.
#include <unistd.h>

namespace {

struct Leaver {
  Leaver() { _exit(0); }
};
const Leaver leaver;

}  // namespace
