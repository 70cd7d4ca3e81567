/// Patch embedding with a large context: the global branch of `triple` alone.
///
///   X = LayerNorm(conv_{S x S, stride S}(resize(rgb, image_scale)))
///   patches = X + W GELU(dw_{k x 1}(dw_{1 x k}(X)))
///
/// dw are convolutions with one filter per channel, k = context_size cells: each cell sees k x k
/// cells for 2 k multiply-adds per channel. W starts at 0: at step 0 this is exactly `patch`, whose
/// weights (proj, norm) load by name. Source: Guo et al. 2022 (SegNeXt), section 3.1, for the pair
/// of strip convolutions; there they gate the map, here they are a residual. Other contexts:
/// `triple` with local and contour off.
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include "branches/global.h"

namespace {

using namespace triptych;
using namespace triptych::branches;

class LargeKernel final : public Embedding {
 public:
  static Spec spec() {
    Spec spec("large_kernel", "Patches with a residual large-kernel convolution over the grid.");
    add_patch_params(spec);
    add_context_size(spec);
    return spec.input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .source("Guo et al. 2022 (SegNeXt), section 3.1; a reading of Geng et al. 2026, abstract");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    (void)context_size(params);
    return patch_grid(params.owner(), patch_options(params), dims.image);
  }

  LargeKernel(const Params& params, const Dims& dims)
      : size_(scaled_size(dims.image, params.number("image_scale"))),
        global_(*this, patch_options(params),
                {.kind = "large_kernel", .size = context_size(params)}) {}

  Grid forward(const Images& images, Context&) override {
    return {global_.forward(layers::resize_bilinear(images.rgb, size_))};
  }

 private:
  ImageSize size_;  // of the scaled image
  GlobalBranch global_;
};

}  // namespace

TRIPTYCH_PLUGIN(LargeKernel)
