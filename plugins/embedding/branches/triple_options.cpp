#include "triple_options.h"

#include <bit>

#include "triptych/error.h"
#include "triptych/layers/conv_norm.h"

namespace triptych::branches {

void add_triple_params(Spec& spec) {
  add_patch_params(spec);
  spec.param("global", true, "the branch of patches with a wide context")
      .param("local", true, "the branch of overlapping convolutions")
      .param("contour", true, "the branch of gradient operators")
      .param("context", "large_kernel", "what the global branch sees beyond a patch",
             one_of(context_kinds()));
  add_context_size(spec);
  spec.param("context_grid", 8, "g of pooled_attention, cells of a side", between(1, 64))
      .param("local_norm", "batch", "normalisation after each convolution of the local branch",
             one_of(layers::norm_kinds()));
  add_contour_params(spec);
  add_fuse_params(spec);
  add_edge_params(spec);
}

TripleOptions triple_options(const Params& params, const Dims& dims) {
  TripleOptions options{.patch = patch_options(params),
                        .has_global = params.flag("global"),
                        .has_local = params.flag("local"),
                        .has_contour = params.flag("contour"),
                        .context = {.kind = params.text("context"),
                                    .size = context_size(params),
                                    .grid = params.integer("context_grid")},
                        .local_norm = params.text("local_norm"),
                        .contour = contour_options(params),
                        .fuse = fuse_options(params),
                        .edge_task = EdgeOutput::task(params, dims),
                        .edge_weight = params.number("edge_weight")};
  if (options.num_branches() == 0) {
    throw Error("module.103", params.owner(), "global, local and contour are all off",
                "Switch one of the branches on.");
  }
  if (options.has_local) (void)num_halvings(params.owner(), options.patch.stride);
  if (!options.has_contour) options.edge_task.reset();  // nothing to read contours from
  return options;
}

std::vector<std::int64_t> local_channels(const TripleOptions& options) {
  const auto stride = static_cast<std::uint64_t>(options.patch.stride);
  return doubling_channels(std::countr_zero(stride), options.patch.width);
}

Cost triple_cost(const TripleOptions& options) {
  Cost cost;
  if (options.has_global) cost += GlobalBranch::cost(options.patch, options.context);
  if (options.has_local) cost += LocalBranch::cost(local_channels(options));
  if (options.has_contour) cost += ContourBranch::cost(options.patch, options.contour);
  if (options.num_branches() > 1) {
    cost += Fuse::cost(options.fuse, options.patch.width, options.num_branches());
  }
  if (options.edge_task) cost += EdgeOutput::cost(options.patch.width, *options.edge_task);
  return cost;
}

}  // namespace triptych::branches
