/// Hostile: takes the process along when it is asked for its spec.
#include <triptych/plugin.h>

#include <cstdlib>

namespace {

using namespace triptych;

class SpecAborts final : public Fusion {
 public:
  static Spec spec() { std::abort(); }
  static Topology topology(const Params&) { return Topology::kAny; }
  static FusionPorts ports(const Params&, const Dims& dims) {
    return {.features = dims.features, .reads_maps = {}, .reads_taps = {}};
  }
  SpecAborts(const Params&, const Dims&) {}
  TaskFeatures forward(const FusionIn& in, Context&) override { return in.features; }
};

}  // namespace

TRIPTYCH_PLUGIN(SpecAborts)
