/// Triple embedding: three different encodings of the image, kept apart, then fused on one grid.
///
///   X_g = context(patch(rgb))       global: patches with a wide context  (as `large_kernel`)
///   X_l = conv_stem(rgb)            local: overlapping 3x3 convolutions  (as `conv_stem`)
///   X_c = patch(contours(rgb))      contour: gradient operators          (as `contour`)
///   patches = fuse(X_g, X_l, X_c)   all [B, H/S, W/S, C]
///
/// context    none | large_kernel: X + W GELU(dw_{k x 1}(dw_{1 x k}(X))) | pooled_attention: X +
///            W attention(X, pooled g x g cells of X); W starts at 0
/// fuse       sum: X_g + X_l + X_c | concat: LayerNorm(W [X_g; X_l; X_c]) |
///            gate: X_g + s(a) X_l + s(b) X_c, s the logistic function, [a; b] = W [X_g; X_l; X_c]
///            per cell, or per cell and channel (gates: channel)
/// The image is resized by image_scale once, before all branches. contour's params and the side
/// output (edge_task) are those of the plugin `contour`.
///
/// Source: Geng et al. 2026, whose abstract says that three distinct encoding modules keep the
/// global, local and contour features of the image. Its operators are not public: these are our
/// reading, and every choice is a param.
///
/// Special values. One branch alone has no fuse: it gives what its own plugin gives, bit for bit;
/// weights of that plugin load with the prefix `global_branch.`, `local_branch.` or
/// `contour_branch.`. Global alone with context none is `patch`, at step 0 of the same seed too;
/// with another context it starts as `patch`. gate with gate_logit -> -inf leaves the first branch
/// that is on. Initial weights of a branch depend on the seed alone, not on which others are on.
/// The control with equal parameters and multiply-adds is `wide_stem`: the same params, another
/// `use`.
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include "branches/own_draws.h"
#include "branches/triple_options.h"

namespace {

using namespace triptych;
using namespace triptych::branches;

class Triple final : public Embedding {
 public:
  static Spec spec() {
    Spec spec("triple", "Global, local and contour branches on one grid, fused.");
    add_triple_params(spec);
    return spec.input("rgb", "B 3 H W")
        .output("patches", "B H/S W/S C")
        .output("auxiliary contour", "B K H/S W/S")
        .source("a reading of Geng et al. 2026, abstract");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    return patch_grid(params.owner(), triple_options(params, dims).patch, dims.image);
  }

  Triple(const Params& params, const Dims& dims) : Triple(triple_options(params, dims), dims) {}

  Grid forward(const Images& images, Context& context) override {
    const auto rgb = layers::resize_bilinear(images.rgb, size_);
    std::vector<torch::Tensor> features;  // each [B, H/S, W/S, C]
    const auto add = [&](const char* name, const torch::Tensor& feature) {
      context.observe(name, feature);
      features.push_back(feature);
    };
    if (global_) add("embedding/global", global_->forward(rgb));
    if (local_) add("embedding/local", local_->forward(rgb));
    if (contour_) add("embedding/contour", contour_->forward(rgb));
    if (edge_) edge_->emit(features.back(), context);
    return {fuse_ ? fuse_->forward(features) : features.front()};
  }

 private:
  Triple(const TripleOptions& options, const Dims& dims)
      : size_(scaled_size(dims.image, options.patch.image_scale)) {
    if (options.has_global) global_.emplace(part("global"), options.patch, options.context);
    if (options.has_local) build_local(options);
    if (options.has_contour) build_contour(options);
    if (options.num_branches() == 1) return;
    const OwnDraws draws("fuse");
    fuse_ = register_module(
        "fuse", std::make_shared<Fuse>(options.fuse, options.patch.width, options.num_branches()));
  }

  void build_local(const TripleOptions& options) {
    const OwnDraws draws("local");
    local_.emplace(part("local"), local_channels(options), options.local_norm);
  }

  void build_contour(const TripleOptions& options) {
    const OwnDraws draws("contour");
    auto& owner = part("contour");
    contour_.emplace(owner, options.patch, options.contour);
    if (!options.edge_task) return;
    edge_.emplace(owner, options.patch.width, *options.edge_task, options.edge_weight);
  }

  /// The sub-module that owns the parameters of a branch. It is not called `global` alone: torch
  /// writes modules as Python-like text, where that is a keyword.
  torch::nn::Module& part(const std::string& branch) {
    const auto name = branch + "_branch";
    return *register_module(name, std::make_shared<torch::nn::Module>(name));
  }

  ImageSize size_;  // of the scaled image
  std::optional<GlobalBranch> global_;
  std::optional<LocalBranch> local_;
  std::optional<ContourBranch> contour_;
  std::optional<EdgeOutput> edge_;  // reads the contour branch
  std::shared_ptr<Fuse> fuse_;      // null with one branch
};

}  // namespace

TRIPTYCH_PLUGIN(Triple)
