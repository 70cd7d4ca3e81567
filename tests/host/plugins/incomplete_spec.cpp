/// Loads, but its spec leaves out what `plugins check` asks for.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class IncompleteSpec final : public Fusion {
 public:
  static Spec spec() {
    return Spec("incomplete_spec", "")
        .param("width", 8, "")
        .param("width", 8, "the same name again");
  }
  static Topology topology(const Params&) { return Topology::kAny; }
  static FusionPorts ports(const Params&, const Dims& dims) {
    return {.features = dims.features, .reads_maps = {}, .reads_taps = {}};
  }
  IncompleteSpec(const Params&, const Dims&) {}
  TaskFeatures forward(const FusionIn& in, Context&) override { return in.features; }
};

}  // namespace

TRIPTYCH_PLUGIN(IncompleteSpec)
