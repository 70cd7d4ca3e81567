/// Hostile: its constructor throws what `kind` says.
#include <triptych/plugin.h>

#include <stdexcept>

namespace {

using namespace triptych;

// An exception of the plugin's own, which the program has never seen.
class OwnException : public std::runtime_error {
 public:
  OwnException() : std::runtime_error("own exception") {}
};

class ThrowsWhenBuilt final : public Fusion {
 public:
  static Spec spec() {
    return Spec("throws_when_built", "Throws in its constructor.")
        .param("kind", "own", "what is thrown", one_of({"own", "torch", "number", "error"}))
        .source("fixture");
  }
  static Topology topology(const Params&) { return Topology::kAny; }
  static FusionPorts ports(const Params&, const Dims& dims) {
    return {.features = dims.features, .reads_maps = {}, .reads_taps = {}};
  }
  ThrowsWhenBuilt(const Params& params, const Dims&) {
    const auto& kind = params.text("kind");
    if (kind == "own") throw OwnException();
    if (kind == "torch") TORCH_CHECK(false, "a torch check failed");
    if (kind == "number") throw 42;
    throw Error("fixture.001", "fixture", "a plugin's own error", "Do not use it.");
  }
  TaskFeatures forward(const FusionIn& in, Context&) override { return in.features; }
};

}  // namespace

TRIPTYCH_PLUGIN(ThrowsWhenBuilt)
