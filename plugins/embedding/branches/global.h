#pragma once

#include <memory>

#include "context.h"
#include "patch_projection.h"

namespace triptych::branches {

/// The global branch: X_g = context(LayerNorm(patch projection of rgb)). With the context `none` it
/// is `patch`. Its parameters (`proj`, `norm`, `context`) belong to `owner`.
class GlobalBranch {
 public:
  GlobalBranch(torch::nn::Module& owner, const PatchOptions& patch, const ContextOptions& context);

  /// rgb [B, 3, H, W], already scaled -> [B, H/S, W/S, C].
  [[nodiscard]] at::Tensor forward(const at::Tensor& rgb);

  [[nodiscard]] static Cost cost(const PatchOptions& patch, const ContextOptions& context);

 private:
  PatchProjection patches_;
  std::shared_ptr<WideContext> context_;
};

}  // namespace triptych::branches
