/// Attention per task on a tap of a shared encoder, one mask per stage, kept until the end.
///
///   m = sigmoid(W_ts u_s);   f_ts = m * u_s,   u_s: tap of the last block of stage s
///
/// Source: fixture, after Liu et al. 2019 (MTAN), without its paths between stages.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

struct Kept final : FusionState {
  std::vector<Pyramid> features;  // T
};

class TapAttention final : public Fusion {
 public:
  static Spec spec() {
    return Spec("tap_attention", "One attention mask per task and stage on taps of one encoder.")
        .input("taps", "S x [B H W C]")
        .output("features", "T x S x [B C H W]")
        .makes_task_features()
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kShared; }

  static FusionPorts ports(const Params&, const Dims& dims) {
    FusionPorts ports;
    std::vector<LevelDims> levels;
    for (std::size_t s = 0; s < dims.stages.size(); ++s) {
      const auto& stage = dims.stages[s];
      const double stride = dims.grid.stride * static_cast<double>(dims.grid.height) / stage.height;
      levels.push_back(
          {stage.height, stage.width, stage.channels, stride, static_cast<std::int64_t>(s)});
      ports.reads_taps.push_back("stage" + std::to_string(s) + "/block" +
                                 std::to_string(stage.blocks - 1));
    }
    ports.features.assign(dims.tasks.size(), levels);
    return ports;
  }

  TapAttention(const Params& params, const Dims& dims) : ports_(ports(params, dims)) {
    for (const auto& levels : ports_.features) {
      for (const auto& level : levels)
        masks_->push_back(torch::nn::Linear(level.channels, level.channels));
    }
    register_module("masks", masks_);
  }

  std::unique_ptr<FusionState> begin(Context&) override {
    auto kept = std::make_unique<Kept>();
    kept->features.resize(ports_.features.size());
    return kept;
  }

  void after_stage(std::int64_t stage, std::span<State> streams, FusionState* state) override {
    const auto& tap = streams[0].taps.at(ports_.reads_taps[stage]);  // [B, H, W, C]
    auto& features = static_cast<Kept&>(*state).features;
    for (std::size_t t = 0; t < features.size(); ++t) {
      const auto& levels = ports_.features[t];
      auto& mask = *masks_[t * levels.size() + stage]->as<torch::nn::Linear>();
      const auto attended = torch::sigmoid(mask.forward(tap)) * tap;
      features[t].push_back({attended.permute({0, 3, 1, 2}), levels[stage].stride});
    }
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    return static_cast<Kept&>(*in.state).features;
  }

 private:
  FusionPorts ports_;
  torch::nn::ModuleList masks_;  // T x S
};

}  // namespace

TRIPTYCH_PLUGIN(TapAttention)
