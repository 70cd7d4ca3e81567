#pragma once

#include <memory>

#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

/// Slot `embedding`: images to a grid of patches.
///
/// A plugin's class has `static Spec spec()`, `static GridDims ports(const Params&, const Dims&)`
/// (Dims: image, tasks) and a constructor from (const Params&, const Dims&). `ports` throws Error
/// when the image size does not fit, saying which sizes do.
class TRIPTYCH_API Embedding : public Slot {
 public:
  ~Embedding() override;
  /// rgb [B, 3, H, W] -> patches [B, H/S, W/S, C], as `ports` said.
  virtual Grid forward(const Images& images, Context& context) = 0;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct EmbeddingFactory {
  Spec (*spec)();
  GridDims (*ports)(const Params&, const Dims&);
  std::shared_ptr<Embedding> (*build)(const Params&, const Dims&);
};

}  // namespace triptych
