/// One 3x3 convolution and a 1x1 predictor on the finest level.
///
///   x = sum over levels of resize(conv1x1_l(level_l), finest)
///   prediction = conv1x1(GELU(BN(conv3x3(x))))
///
/// A single level of the right width is taken as it is, without a projection: then this is the
/// ConvHead of TaskPrompter (Ye and Xu 2023), with its parameter names mt_proj and linear_pred and
/// its initial values (truncated normal on the 3x3 weights only).
#include <triptych/layers/init.h>
#include <triptych/layers/level_sum.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Conv final : public Head {
 public:
  static Spec spec() {
    return Spec("conv", "Sums the levels at the finest; 3x3 convolution, BN, GELU, 1x1 predictor.")
        .param("width", 64, "channels between the levels and the predictor", at_least(1))
        .input("levels", "L x [B C H W]")
        .output("map", "B outputs H W")
        .source("Ye and Xu 2023 (TaskPrompter), prediction heads")
        .not_deterministic(layers::kResizeNote);
  }

  Conv(const Params& params, const Dims& dims) {
    const auto width = params.integer("width");
    const auto outputs = dims.tasks[static_cast<std::size_t>(dims.task_index)].outputs;
    levels_ = register_module("levels", std::make_shared<layers::LevelSum>(dims.levels, width));
    mt_proj_ = register_module(
        "mt_proj", torch::nn::Sequential(layers::make_conv(width, width),
                                         torch::nn::BatchNorm2d(width), torch::nn::GELU()));
    linear_pred_ = register_module("linear_pred", layers::make_conv(width, outputs, {.kernel = 1}));
    layers::fill_truncated_normal(mt_proj_[0]->as<torch::nn::Conv2d>()->weight);
  }

  Prediction forward(const Pyramid& levels, Context&) override {
    return {linear_pred_->forward(mt_proj_->forward(levels_->forward(levels))), {}};
  }

 private:
  std::shared_ptr<layers::LevelSum> levels_;
  torch::nn::Sequential mt_proj_{nullptr};
  torch::nn::Conv2d linear_pred_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(Conv)
