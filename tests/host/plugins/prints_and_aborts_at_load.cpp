/// Hostile: says why, and aborts in a static initialiser.
#include <cstdio>
#include <cstdlib>

namespace {

struct Aborter {
  Aborter() {
    std::fputs("no memory for the table\n", stderr);
    std::abort();
  }
};
const Aborter aborter;

}  // namespace
