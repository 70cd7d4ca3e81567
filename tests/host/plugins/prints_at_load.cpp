/// No plugin, and noisy: prints in a static initialiser.
#include <cstdio>

namespace {

struct Printer {
  Printer() {
    std::puts("hello from the noisy one");
    std::fflush(stdout);
  }
};
const Printer printer;

}  // namespace
