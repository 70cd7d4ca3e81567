#pragma once

#include <memory>

#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

/// Slot `head`: the levels of its task to a raw prediction.
///
/// A plugin's class has `static Spec spec()` (with `.wants_levels()` for heads that take a pyramid
/// as it is) and a constructor from (const Params&, const Dims&): dims.levels are its task's
/// levels, dims.tasks[dims.task_index].outputs the channels of the last output. Every head takes
/// levels; one-map heads project and sum them at the finest.
class TRIPTYCH_API Head : public Slot {
 public:
  ~Head() override;
  /// `levels` finest first, as dims.levels. The output is raw: before up-sampling to label size,
  /// activation and argmax.
  virtual Prediction forward(const Pyramid& levels, Context& context) = 0;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct HeadFactory {
  Spec (*spec)();
  std::shared_ptr<Head> (*build)(const Params&, const Dims&);
};

}  // namespace triptych
