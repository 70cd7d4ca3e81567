/// Fusions that take the process along or never come back: MISBEHAVIOUR is also the plugin's name.
///
///   y = x
///
/// Source: fixture.
#include <triptych/plugin.h>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace triptych;

constexpr std::string_view kMisbehaviour = MISBEHAVIOUR;

class Misbehaves final : public Fusion {
 public:
  static Spec spec() {
    return Spec(MISBEHAVIOUR, "Does what its name says.")
        .input("features", "T x L x [B C H W]")
        .output("features", "T x L x [B C H W]")
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kAny; }
  static FusionPorts ports(const Params&, const Dims& dims) { return {.features = dims.features}; }

  Misbehaves(const Params&, const Dims&) {
    if (kMisbehaviour != "aborts_when_built") return;
    std::fputs("no memory for the table\n", stderr);
    std::abort();
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    if (kMisbehaviour == "crashes_in_forward") static_cast<void>(raise(SIGSEGV));
    while (kMisbehaviour == "hangs_in_forward") sleep(1);
    return in.features;
  }
};

}  // namespace

TRIPTYCH_PLUGIN(Misbehaves)
