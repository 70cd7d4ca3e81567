/// Hostile: its spec cannot be read.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class SpecThrows final : public Fusion {
 public:
  static Spec spec() { TORCH_CHECK(false, "no spec today"); }
  static Topology topology(const Params&) { return Topology::kAny; }
  static FusionPorts ports(const Params&, const Dims& dims) {
    return {.features = dims.features, .reads_maps = {}, .reads_taps = {}};
  }
  SpecThrows(const Params&, const Dims&) {}
  TaskFeatures forward(const FusionIn& in, Context&) override { return in.features; }
};

}  // namespace

TRIPTYCH_PLUGIN(SpecThrows)
