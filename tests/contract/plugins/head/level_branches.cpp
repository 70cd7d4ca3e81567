/// A head that wants levels: a feature pyramid from coarse to fine, one branch output per level.
///
///   f_l = W_l x_l + up(f_{l+1});   branch "map"[l] = V f_l
///
/// Source: fixture, after Lin et al. 2017 (FPN), figure 3.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class LevelBranches final : public Head {
 public:
  static Spec spec() {
    return Spec("level_branches", "Feature pyramid with one output per level.")
        .param("width", 8, "channels of the feature pyramid", at_least(1))
        .input("levels", "L x [B C H W]")
        .output("branch map", "L x [B outputs H W]")
        .wants_levels()
        .source("fixture");
  }

  LevelBranches(const Params& params, const Dims& dims) {
    const auto width = params.integer("width");
    for (const auto& level : dims.levels) {
      laterals_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(level.channels, width, 1)));
    }
    register_module("laterals", laterals_);
    const auto outputs = dims.tasks[dims.task_index].outputs;
    predict_ =
        register_module("predict", torch::nn::Conv2d(torch::nn::Conv2dOptions(width, outputs, 1)));
  }

  Prediction forward(const Pyramid& levels, Context&) override {
    std::vector<torch::Tensor> maps(levels.size());
    torch::Tensor top;  // [B, width, H, W]
    for (std::size_t l = levels.size(); l-- > 0;) {
      auto map = laterals_[l]->as<torch::nn::Conv2d>()->forward(levels[l].map);
      if (top.defined()) map = map + torch::upsample_nearest2d(top, map.sizes().slice(2));
      top = map;
      maps[l] = predict_->forward(top);
    }
    return {{}, {{"map", maps}}};
  }

 private:
  torch::nn::ModuleList laterals_;
  torch::nn::Conv2d predict_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(LevelBranches)
