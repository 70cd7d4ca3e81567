/// A fusion with any fault that the contract catches, chosen by `fault`. Its spec is faulty as
/// well: it names no ports, and nothing reads `unread`.
///
///   y = x when fault is "none"
///
/// Source: fixture.
#include <triptych/plugin.h>

#include <cmath>

namespace {

using namespace triptych;

class Faulty final : public Fusion {
 public:
  static Spec spec() {
    return Spec("faulty", "Commits the fault that it is told to.")
        .param("fault", "none", "which fault")
        .param("unread", 1, "nothing reads it")
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kAny; }

  static FusionPorts ports(const Params& params, const Dims& dims) {
    const auto& fault = params.text("fault");
    FusionPorts ports{.features = dims.features};
    if (fault == "throws in ports") throw std::runtime_error("no ports today");
    if (fault == "no levels") ports.features.front().clear();
    if (fault == "coarsest first") std::reverse(ports.features[0].begin(), ports.features[0].end());
    if (fault == "reads prompts") ports.reads_prompts = true;
    if (fault == "differs") ports.features.back().front().channels += 1;
    return ports;
  }

  Faulty(const Params& params, const Dims& dims) : fault_(params.text("fault")) {
    if (fault_ == "throws when built") throw std::runtime_error("not built today");
    scale_ = register_parameter("scale", torch::zeros({1}));
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    auto features = in.features;
    if (fault_ == "throws in forward") throw std::runtime_error("not forward today");
    if (fault_ == "fewer levels") features.front().pop_back();
    auto& map = features.front().front().map;  // [B, C, H, W]
    map = map * (1 + scale_);
    if (fault_ == "wider") map = torch::cat({map, map}, 1);
    if (fault_ == "not finite") map = map * NAN;
    if (fault_ == "steep") map = map + torch::sqrt(scale_);  // the slope at 0 is infinite
    return features;
  }

 private:
  std::string fault_;
  torch::Tensor scale_;  // [1]
};

}  // namespace

TRIPTYCH_PLUGIN(Faulty)
