/// One map: every level projected to the outputs, brought to the finest grid, summed.
///
/// Source: fixture. The smallest head for any pyramid.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class OneMap final : public Head {
 public:
  static Spec spec() {
    return Spec("one_map", "Projects every level and sums at the finest.")
        .input("levels", "L x [B C H W]")
        .output("prediction", "B outputs H W")
        .source("fixture");
  }

  OneMap(const Params&, const Dims& dims) {
    for (const auto& level : dims.levels) {
      projections_->push_back(torch::nn::Conv2d(
          torch::nn::Conv2dOptions(level.channels, dims.tasks[dims.task_index].outputs, 1)));
    }
    register_module("projections", projections_);
  }

  Prediction forward(const Pyramid& levels, Context&) override {
    torch::Tensor sum;  // [B, outputs, H, W] at the finest
    for (std::size_t l = 0; l < levels.size(); ++l) {
      auto map = projections_[l]->as<torch::nn::Conv2d>()->forward(levels[l].map);
      if (l > 0)
        map = torch::upsample_bilinear2d(map, sum.sizes().slice(2), /*align_corners=*/false);
      sum = l == 0 ? map : sum + map;
    }
    return {sum, {}};
  }

 private:
  torch::nn::ModuleList projections_;
};

}  // namespace

TRIPTYCH_PLUGIN(OneMap)
