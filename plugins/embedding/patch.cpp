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

#include "branches/patch_projection.h"

namespace {

using namespace triptych;
using namespace triptych::branches;

class Patch final : public Embedding {
 public:
  static Spec spec() {
    Spec spec("patch", "Cuts the image into squares and projects each; then LayerNorm.");
    add_patch_params(spec);
    return spec.input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .source("Dosovitskiy et al. 2021, section 3.1; Liu et al. 2021, section 3.1");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    return patch_grid(params.owner(), patch_options(params), dims.image);
  }

  Patch(const Params& params, const Dims& dims)
      : size_(scaled_size(dims.image, params.number("image_scale"))),
        patches_(*this, /*in=*/3, patch_options(params)) {}

  Grid forward(const Images& images, Context&) override {
    return {patches_.forward(layers::resize_bilinear(images.rgb, size_))};
  }

 private:
  ImageSize size_;  // of the scaled image
  PatchProjection patches_;
};

}  // namespace

TRIPTYCH_PLUGIN(Patch)
