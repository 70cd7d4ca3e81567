/// A transposed convolution to twice the resolution, a 3x3 convolution and a 1x1 predictor.
///
///   x = sum over levels of resize(conv1x1_l(level_l), finest)            [B, C, H, W]
///   y = GELU(BN(conv_transpose_{2x2, stride 2}(x)))                      [B, C/2, 2H, 2W]
///   prediction = conv1x1(GELU(BN(conv3x3(y))))
///
/// A single level of the right width is taken as it is: then this is the DEConvHead of the current
/// TaskPrompter (Ye and Xu 2023), with its parameter names and its initial values (truncated normal
/// on all weights; biases by torch's default).
#include <triptych/layers/init.h>
#include <triptych/layers/level_sum.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Deconv final : public Head {
 public:
  static Spec spec() {
    return Spec("deconv",
                "Sums the levels at the finest; x2 by a transposed convolution, predictor.")
        .param("width", 64, "channels before the transposed convolution, even", at_least(2))
        .input("levels", "L x [B C H W]")
        .output("map", "B outputs 2H 2W")
        .source("Ye and Xu 2023 (TaskPrompter), prediction heads")
        .not_deterministic(layers::kResizeNote);
  }

  Deconv(const Params& params, const Dims& dims) {
    const auto width = params.integer("width");
    if (width % 2 != 0) {
      throw Error("module.140", "head 'deconv'", "width " + std::to_string(width) + " is odd",
                  "Choose an even width: half of it is left after the transposed convolution.");
    }
    const auto half = width / 2;
    const auto outputs = dims.tasks[static_cast<std::size_t>(dims.task_index)].outputs;
    levels_ = register_module("levels", std::make_shared<layers::LevelSum>(dims.levels, width));
    const auto up =
        torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(width, half, 2).stride(2));
    const auto conv = layers::make_conv(half, half);
    mt_proj_ = register_module(
        "mt_proj", torch::nn::Sequential(up, torch::nn::BatchNorm2d(half), torch::nn::GELU(), conv,
                                         torch::nn::BatchNorm2d(half), torch::nn::GELU()));
    linear_pred_ = register_module("linear_pred", layers::make_conv(half, outputs, {.kernel = 1}));
    for (const auto& weight : {up->weight, conv->weight, linear_pred_->weight}) {
      layers::fill_truncated_normal(weight);
    }
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

TRIPTYCH_PLUGIN(Deconv)
