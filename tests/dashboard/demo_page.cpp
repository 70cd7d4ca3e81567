// demo_page DB HTML: writes a made-up study into a new database, and its page. For looking at the
// page while its source is being changed.
#include <cstdio>

#include <triptych/error.h>
#include <triptych/report/page.h>

#include "demo_study.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: demo_page DB HTML\n");
    return 2;
  }
  try {
    auto store = triptych::store::Store::open(argv[1], triptych::store::Mode::read_write);
    triptych::report::write_demo_study(store);
    triptych::report::write_page(store, argv[2]);
  } catch (const triptych::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
