/// Patch embedding: non-overlapping convolution, then LayerNorm.
///
///   patches = LayerNorm(conv_{S x S, stride S}(resize(rgb, image_scale)))
///
/// Source: Dosovitskiy et al. 2021 (ViT), section 3.1; the LayerNorm as in Liu et al. 2021 (Swin).
/// With image_scale 0.75 the image is first resized (bilinear, pixel centres aligned, no
/// anti-aliasing), as TaskPrompter (Ye and Xu 2023) does on Cityscapes. Parameters carry the names
/// of the public Swin checkpoints: proj, norm.
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include <cmath>

namespace {

using namespace triptych;

/// Size of the image after scaling, rounded down as bilinear resizing by a factor does.
ImageSize scaled(ImageSize image, double scale) {
  const auto side = [scale](std::int64_t length) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(length) * scale + 1e-9));
  };
  return {side(image.height), side(image.width)};
}

class Patch final : public Embedding {
 public:
  static Spec spec() {
    return Spec("patch", "Cuts the image into squares and projects each; then LayerNorm.")
        .param("stride", 4, "side of a patch, pixels of the scaled image", at_least(1))
        .param("width", 96, "channels of a patch", at_least(1))
        .param("norm", true, "LayerNorm after the projection")
        .param("image_scale", 1.0, "factor on the image size before patches are cut",
               between(0.01, 16))
        .input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .source("Dosovitskiy et al. 2021, section 3.1; Liu et al. 2021, section 3.1");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    const auto stride = params.integer("stride");
    const auto scale = params.number("image_scale");
    const auto size = scaled(dims.image, scale);
    if (size.height % stride != 0 || size.width % stride != 0 || size.height < stride ||
        size.width < stride) {
      throw Error("module.101", "embedding 'patch'",
                  "the image of " + std::to_string(dims.image.height) + "x" +
                      std::to_string(dims.image.width) + " pixels, scaled to " +
                      std::to_string(size.height) + "x" + std::to_string(size.width) +
                      ", cannot be cut into patches of side " + std::to_string(stride),
                  "Choose a stride that divides both sides, or another image size.");
    }
    return {.height = size.height / stride,
            .width = size.width / stride,
            .channels = params.integer("width"),
            .stride = static_cast<double>(stride) / scale};
  }

  Patch(const Params& params, const Dims& dims)
      : size_(scaled(dims.image, params.number("image_scale"))) {
    const auto stride = params.integer("stride");
    const auto width = params.integer("width");
    proj_ = register_module(
        "proj", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, width, stride).stride(stride)));
    if (params.flag("norm")) {
      norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
    }
  }

  Grid forward(const Images& images, Context&) override {
    const auto rgb = layers::resize_bilinear(images.rgb, size_);
    auto patches = proj_->forward(rgb).permute({0, 2, 3, 1});  // [B, H/S, W/S, C]
    if (norm_) patches = norm_->forward(patches);
    return {patches.contiguous()};
  }

 private:
  ImageSize size_;  // of the scaled image
  torch::nn::Conv2d proj_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(Patch)
