/// Convolutional stem: overlapping 3x3 convolutions of stride 2 instead of one patch projection.
///
///   x_0 = rgb;  x_{i+1} = GELU(norm(conv_{3x3, stride 2}(x_i)));  patches = x_n,  S = 2^n
///
/// Channels double with each step and end at `width`. Source: Xiao et al. 2021 (Early convolutions
/// help transformers see better), section 3. We differ: GELU instead of ReLU, no last 1x1
/// convolution, and group normalisation on request.
#include <triptych/layers/conv_norm.h>
#include <triptych/plugin.h>

#include <algorithm>
#include <bit>

namespace {

using namespace triptych;

/// n with 2^n = stride.
std::int64_t steps_of(const Params& params) {
  const auto stride = static_cast<std::uint64_t>(params.integer("stride"));
  if (!std::has_single_bit(stride) || stride < 2) {
    throw Error("module.102", "embedding 'conv_stem'",
                "stride " + std::to_string(stride) + " is no power of two from 2 on",
                "Use 2, 4, 8 or 16.");
  }
  return std::countr_zero(stride);
}

class ConvStem final : public Embedding {
 public:
  static Spec spec() {
    return Spec("conv_stem", "Overlapping 3x3 convolutions down to the stride.")
        .param("stride", 4, "image pixels per cell, a power of two", between(2, 64))
        .param("width", 96, "channels of a cell", at_least(1))
        .param("norm", "batch", "normalisation after each convolution",
               one_of(layers::norm_kinds()))
        .input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .source("Xiao et al. 2021, section 3");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    auto height = dims.image.height, width = dims.image.width;
    for (std::int64_t i = steps_of(params); i > 0; --i) {
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    return {.height = height,
            .width = width,
            .channels = params.integer("width"),
            .stride = static_cast<double>(params.integer("stride"))};
  }

  ConvStem(const Params& params, const Dims&) {
    const auto steps = steps_of(params);
    const auto width = params.integer("width");
    steps_ = register_module("steps", torch::nn::ModuleList());
    std::int64_t in = 3;
    for (std::int64_t i = 0; i < steps; ++i) {
      const auto out = i + 1 == steps ? width : std::max<std::int64_t>(width >> (steps - 1 - i), 1);
      steps_->push_back(std::make_shared<layers::ConvNorm>(in, out, params.text("norm"),
                                                           /*kernel=*/3, /*stride=*/2));
      in = out;
    }
  }

  Grid forward(const Images& images, Context&) override {
    auto map = images.rgb;
    for (const auto& step : *steps_) map = torch::gelu(step->as<layers::ConvNorm>()->forward(map));
    return {map.permute({0, 2, 3, 1})};
  }

 private:
  torch::nn::ModuleList steps_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(ConvStem)
