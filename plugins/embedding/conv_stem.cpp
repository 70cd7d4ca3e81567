/// Convolutional stem: overlapping 3x3 convolutions of stride 2 instead of one patch projection.
///
///   x_0 = rgb;  x_{i+1} = GELU(norm(conv_{3x3, stride 2}(x_i)));  patches = x_n,  S = 2^n
///
/// Channels double with each step and end at `width`. Source: Xiao et al. 2021 (Early convolutions
/// help transformers see better), section 3. We differ: GELU instead of ReLU, no last 1x1
/// convolution, and group normalisation on request.
#include <triptych/layers/conv_norm.h>
#include <triptych/plugin.h>

#include "branches/local.h"

namespace {

using namespace triptych;
using namespace triptych::branches;

std::vector<std::int64_t> channels_of(const Params& params) {
  return doubling_channels(num_halvings(params.owner(), params.integer("stride")),
                           params.integer("width"));
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
    const auto stride = params.integer("stride");
    auto height = dims.image.height, width = dims.image.width;
    for (auto i = num_halvings(params.owner(), stride); i > 0; --i) {
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    return {.height = height,
            .width = width,
            .channels = params.integer("width"),
            .stride = static_cast<double>(stride)};
  }

  ConvStem(const Params& params, const Dims&)
      : local_(*this, channels_of(params), params.text("norm")) {}

  Grid forward(const Images& images, Context&) override { return {local_.forward(images.rgb)}; }

 private:
  LocalBranch local_;
};

}  // namespace

TRIPTYCH_PLUGIN(ConvStem)
