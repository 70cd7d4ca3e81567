/// Gated fusion: each task adds the mean of the other tasks, through one learned gate per task.
///
///   y_t = x_t + sigmoid(a_t) * 1/(T-1) * sum_{u != t} x_u          (T = 1: y = x)
///
/// at every level. Source: our own baseline. Limit a -> -inf is the identity: with per-task
/// encoders that is single-task learning.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Gated final : public Fusion {
 public:
  static Spec spec() {
    return Spec("gated", "Adds the mean of the other tasks through one learned gate per task.")
        .param("gate_logit", -4.0, "a_t at step 0, unitless; -4 opens the gate by 1.8 %")
        .input("features", "T x L x [B C H W]")
        .output("features", "T x L x [B C H W]")
        .source("own baseline");
  }

  static Topology topology(const Params&) { return Topology::kTaskFeatures; }

  static FusionPorts ports(const Params&, const Dims& dims) {
    for (const auto& levels : dims.features) {
      for (std::size_t l = 0; l < levels.size(); ++l) {
        const auto& first = dims.features.front();
        const bool is_equal =
            levels.size() == first.size() && levels[l].channels == first[l].channels &&
            levels[l].height == first[l].height && levels[l].width == first[l].width;
        if (!is_equal) {
          throw Error("contract.210", "fusion 'gated'",
                      "the tasks' features differ in levels, channels or size",
                      "Put a fusion before it that gives every task the same levels.");
        }
      }
    }
    return {.features = dims.features, .reads_maps = {}, .reads_taps = {}};
  }

  Gated(const Params& params, const Dims& dims) {
    const auto initial = torch::full({dims["T"]}, params.number("gate_logit"));
    if (dims["T"] > 1)
      gate_ = register_parameter("gate", initial);  // with one task nothing is mixed
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    const auto tasks = in.features.size();
    if (tasks == 1) return in.features;
    const auto gates = torch::sigmoid(gate_) / static_cast<double>(tasks - 1);
    TaskFeatures mixed = in.features;
    for (std::size_t l = 0; l < in.features.front().size(); ++l) {
      auto sum = in.features[0][l].map;
      for (std::size_t t = 1; t < tasks; ++t) sum = sum + in.features[t][l].map;
      for (std::size_t t = 0; t < tasks; ++t) {
        const auto& own = in.features[t][l].map;  // [B, C, H, W]
        mixed[t][l].map = own + gates[static_cast<std::int64_t>(t)] * (sum - own);
      }
    }
    return mixed;
  }

 private:
  torch::Tensor gate_;  // [T]; undefined with one task
};

}  // namespace

TRIPTYCH_PLUGIN(Gated)
