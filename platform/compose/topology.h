#pragma once

#include <vector>

#include "triptych/compose/contract.h"

namespace triptych::compose {

/// What one fusion of the chain asks for, before its ports are known.
struct FusionWish {
  const PartPlan* plan = nullptr;
  Topology topology = Topology::kAny;
  bool makes_task_features = false;
};

/// Does the chain run on one encoder per task? True when a fusion wants that, or needs features per
/// task that no fusion before it makes. Throws Error contract.201 or .202, naming both fusions,
/// when another one wants one encoder for all tasks.
[[nodiscard]] bool resolve_task_encoders(const std::vector<FusionWish>& chain);

}  // namespace triptych::compose
