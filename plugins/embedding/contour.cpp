/// Contour embedding: patches of gradient maps instead of colours; the contour branch of `triple`
/// alone.
///
///   E = operator(resize(rgb, image_scale));   patches = LayerNorm(conv_{S x S, stride S}(E))
///
/// contour_operator:
///   sobel_log         fixed: Sobel magnitude of the luminance, and one Laplacian of Gaussian for
///                     each of log_sigmas; no weights, no backward pass
///   pixel_difference  learned: |sum over the eight neighbours of w_i (x_i - x_c)|, contour_filters
///                     of them, folded into one plain 3x3 convolution (Su et al. 2021)
///   pixel_difference_angular  the same of (x_i - the next neighbour clockwise), 3x3
///   pixel_difference_radial   the same of (the pixel two steps out - x_i), folded into 5x5
/// An image of one colour has no contours: E = 0, and all patches are equal.
///
/// With edge_task the cells also predict e = W_e patches + b_e, an auxiliary output named `contour`
/// that the target of that task supervises with edge_weight (a holistically-nested side output, Xie
/// and Tu 2015, here at the grid's resolution). Without the task it is not built.
/// Sources: Marr and Hildreth 1980; Su et al. 2021, section 3.1.
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include "branches/contour.h"
#include "branches/edge_output.h"

namespace {

using namespace triptych;
using namespace triptych::branches;

class Contour final : public Embedding {
 public:
  static Spec spec() {
    Spec spec("contour", "Patches of contour maps: fixed gradient filters or pixel differences.");
    add_patch_params(spec);
    add_contour_params(spec);
    add_edge_params(spec);
    return spec.input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .output("auxiliary contour", "B K H/S W/S")
        .source(
            "Marr and Hildreth 1980; Su et al. 2021, section 3.1; "
            "a reading of Geng et al. 2026, abstract");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    (void)EdgeOutput::task(params, dims);
    return patch_grid(params.owner(), patch_options(params), dims.image);
  }

  Contour(const Params& params, const Dims& dims)
      : size_(scaled_size(dims.image, params.number("image_scale"))),
        contour_(*this, patch_options(params), contour_options(params)) {
    const auto weight = params.number("edge_weight");
    if (const auto task = EdgeOutput::task(params, dims)) {
      edge_.emplace(*this, params.integer("width"), *task, weight);
    }
  }

  Grid forward(const Images& images, Context& context) override {
    const auto patches = contour_.forward(layers::resize_bilinear(images.rgb, size_));
    if (edge_) edge_->emit(patches, context);
    return {patches};
  }

 private:
  ImageSize size_;  // of the scaled image
  ContourBranch contour_;
  std::optional<EdgeOutput> edge_;
};

}  // namespace

TRIPTYCH_PLUGIN(Contour)
