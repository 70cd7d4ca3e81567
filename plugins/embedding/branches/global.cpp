#include "global.h"

#include "own_draws.h"

namespace triptych::branches {

GlobalBranch::GlobalBranch(torch::nn::Module& owner, const PatchOptions& patch,
                           const ContextOptions& context)
    : patches_(owner, /*in=*/3, patch) {
  const OwnDraws draws("context");
  context_ = make_context(patch.width, context);
  if (context_) owner.register_module("context", context_);
}

at::Tensor GlobalBranch::forward(const at::Tensor& rgb) {
  const auto patches = patches_.forward(rgb);
  return context_ ? context_->forward(patches) : patches;
}

Cost GlobalBranch::cost(const PatchOptions& patch, const ContextOptions& context) {
  auto cost = PatchProjection::cost(/*in=*/3, patch);
  return cost += context_cost(patch.width, context);
}

}  // namespace triptych::branches
