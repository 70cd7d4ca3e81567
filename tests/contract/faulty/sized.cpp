/// A fusion whose weights fit one image size where `is_full`, and which hides that.
///
///   y = x + w, where `is_full` with one w per column of the finest level
///
/// Source: fixture.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Sized final : public Fusion {
 public:
  static Spec spec() {
    return Spec("sized", "Adds a weight per column, or one for all.")
        .param("is_full", false, "one weight per column")
        .input("features", "T x L x [B C H W]")
        .output("features", "T x L x [B C H W]")
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kAny; }
  static FusionPorts ports(const Params&, const Dims& dims) { return {.features = dims.features}; }

  Sized(const Params& params, const Dims& dims) {
    const auto width = dims.features.front().front().width;
    shift_ = register_parameter("shift", torch::zeros({params.flag("is_full") ? width : 1}));
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    auto features = in.features;
    for (auto& pyramid : features) pyramid.front().map = pyramid.front().map + shift_;
    return features;
  }

 private:
  torch::Tensor shift_;  // [W] or [1]
};

}  // namespace

TRIPTYCH_PLUGIN(Sized)
