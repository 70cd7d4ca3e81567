/// Decodes the prompts' raw maps: each task weighs the shared levels by its own map.
///
///   f_tl = W_tl (x_l * (1 + mean over heads of m_t,stage(l)))
///
/// A zero map leaves W x. Source: fixture, after Ye and Xu 2023 (TaskPrompter), section 3.3.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class MapDecode final : public Fusion {
 public:
  static Spec spec() {
    return Spec("map_decode", "Weighs the levels by each task's raw prompt-to-patch map.")
        .param("width", 8, "channels of each task's levels", at_least(1))
        .input("map spatial", "B heads T H W")
        .output("features", "T x L x [B {width} H W]")
        .makes_task_features()
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kAny; }

  static FusionPorts ports(const Params& params, const Dims& dims) {
    FusionPorts ports{.features = dims.features, .reads_maps = {"spatial"}};
    for (auto& levels : ports.features) {
      for (auto& level : levels) level.channels = params.integer("width");
    }
    return ports;
  }

  MapDecode(const Params& params, const Dims& dims) : levels_(dims.levels) {
    for (const auto& features : dims.features) {
      for (const auto& level : features) {
        projections_->push_back(torch::nn::Conv2d(
            torch::nn::Conv2dOptions(level.channels, params.integer("width"), 1)));
      }
    }
    register_module("projections", projections_);
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    TaskFeatures features = in.features;
    std::size_t index = 0;
    for (std::size_t t = 0; t < features.size(); ++t) {
      const auto row = in.streams.size() == 1 ? static_cast<std::int64_t>(t) : 0;
      for (std::size_t l = 0; l < features[t].size(); ++l, ++index) {
        auto& map = features[t][l].map;  // [B, C, H, W]
        const auto& kept = in.stream(t).trace.stages[levels_[l].stage].spatial;
        auto weight = kept.mean(1).slice(1, row, row + 1);  // [B, 1, h, w]
        weight = torch::upsample_bilinear2d(weight, map.sizes().slice(2), /*align_corners=*/false);
        map = projections_[index]->as<torch::nn::Conv2d>()->forward(map * (1 + weight));
      }
    }
    return features;
  }

 private:
  std::vector<LevelDims> levels_;
  torch::nn::ModuleList projections_;  // T x L
};

}  // namespace

TRIPTYCH_PLUGIN(MapDecode)
