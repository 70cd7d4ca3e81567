#include "patch_projection.h"

#include <cmath>

#include "triptych/error.h"

namespace triptych::branches {

void add_patch_params(Spec& spec) {
  spec.param("stride", 4, "side of a patch, pixels of the scaled image", at_least(1))
      .param("width", 96, "channels of a patch", at_least(1))
      .param("norm", true, "LayerNorm after the projection")
      .param("image_scale", 1.0, "factor on the image size before patches are cut",
             between(0.01, 16));
}

PatchOptions patch_options(const Params& params) {
  return {.stride = params.integer("stride"),
          .width = params.integer("width"),
          .has_norm = params.flag("norm"),
          .image_scale = params.number("image_scale")};
}

ImageSize scaled_size(ImageSize image, double scale) {
  const auto side = [scale](std::int64_t length) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(length) * scale + 1e-9));
  };
  return {side(image.height), side(image.width)};
}

GridDims patch_grid(const std::string& owner, const PatchOptions& options, ImageSize image) {
  const auto stride = options.stride;
  const auto size = scaled_size(image, options.image_scale);
  if (size.height % stride != 0 || size.width % stride != 0 || size.height < stride ||
      size.width < stride) {
    throw Error("module.101", owner,
                "the image of " + std::to_string(image.height) + "x" + std::to_string(image.width) +
                    " pixels, scaled to " + std::to_string(size.height) + "x" +
                    std::to_string(size.width) + ", cannot be cut into patches of side " +
                    std::to_string(stride),
                "Choose a stride that divides both sides, or another image size.");
  }
  return {.height = size.height / stride,
          .width = size.width / stride,
          .channels = options.width,
          .stride = static_cast<double>(stride) / options.image_scale};
}

PatchProjection::PatchProjection(torch::nn::Module& owner, std::int64_t in,
                                 const PatchOptions& options)
    : proj_(owner.register_module(
          "proj", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, options.width, options.stride)
                                        .stride(options.stride)))) {
  if (!options.has_norm) return;
  norm_ = owner.register_module("norm",
                                torch::nn::LayerNorm(torch::nn::LayerNormOptions({options.width})));
}

at::Tensor PatchProjection::forward(const at::Tensor& map) {
  auto patches = proj_->forward(map).permute({0, 2, 3, 1});  // [B, H/S, W/S, C]
  if (norm_) patches = norm_->forward(patches);
  return patches.contiguous();
}

Cost PatchProjection::cost(std::int64_t in, const PatchOptions& options) {
  const auto weights = in * options.stride * options.stride * options.width;
  const auto norm = options.has_norm ? 2 * options.width : 0;
  return {.parameters = weights + options.width + norm, .macs = weights};
}

}  // namespace triptych::branches
