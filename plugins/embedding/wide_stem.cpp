/// Wide stem: the control of `triple`, a plain stem of the same size.
///
///   x_0 = rgb;  x_{i+1} = GELU(norm(conv_{3x3, stride 2}(x_i)));  S = 2^n
///   patches = LayerNorm(conv_{1x1}(x_n))
///
/// It takes the params of `triple` and works out what `triple` with them costs. All steps but the
/// last have `a` channels, the last has `b` (at most S^2 a: no narrow neck). Of all pairs (a, b)
/// whose parameters lie within 1 % of triple's, the one whose multiply-adds are nearest is taken.
/// For widths from 16 to 192 and strides from 4 to 16 they come within 6 % with two or three
/// branches (14 % with pooled_attention, whose keys are few), 27 % where triple has one branch:
/// overlapping convolutions do more per weight than patches. Where no pair lies within 1 %, and at
/// stride 2, where there is only b, ports refuse rather than compare unlike sizes.
///
/// So the control of a manifest is that manifest with another `use`. The side output (edge_task)
/// reads the patches: the supervision is the same too.
///
/// Not matched: depth, activations kept for the backward pass, and time. Source: own control; the
/// stem is that of Xiao et al. 2021, section 3.
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include "branches/stem_widths.h"
#include "branches/triple_options.h"

namespace {

using namespace triptych;
using namespace triptych::branches;

class WideStem final : public Embedding {
 public:
  static Spec spec() {
    Spec spec("wide_stem", "A plain stem with the parameters and multiply-adds of `triple`.");
    add_triple_params(spec);
    return spec.input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .output("auxiliary contour", "B K H/S W/S")
        .source("own control; stem of Xiao et al. 2021, section 3");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    const auto options = triple_options(params, dims);
    (void)matching_channels(params.owner(), options);
    return patch_grid(params.owner(), options.patch, dims.image);
  }

  WideStem(const Params& params, const Dims& dims)
      : WideStem(triple_options(params, dims), params.owner(), dims) {}

  Grid forward(const Images& images, Context& context) override {
    const auto rgb = layers::resize_bilinear(images.rgb, size_);
    const auto patches = project_.forward(local_.forward(rgb).permute({0, 3, 1, 2}));
    if (edge_) edge_->emit(patches, context);
    return {patches};
  }

 private:
  WideStem(const TripleOptions& options, const std::string& owner, const Dims& dims)
      : size_(scaled_size(dims.image, options.patch.image_scale)),
        channels_(matching_channels(owner, options)),
        local_(*this, channels_, options.local_norm),
        project_(*this, channels_.back(), projection_options(options)) {
    if (!options.edge_task) return;
    edge_.emplace(*this, options.patch.width, *options.edge_task, options.edge_weight);
  }

  ImageSize size_;                      // of the scaled image
  std::vector<std::int64_t> channels_;  // of each step
  LocalBranch local_;
  PatchProjection project_;  // patches of one cell: a 1x1 convolution
  std::optional<EdgeOutput> edge_;
};

}  // namespace

TRIPTYCH_PLUGIN(WideStem)
