#pragma once

#include <map>
#include <string>
#include <vector>

#include "triptych/manifest/plan.h"

namespace triptych::manifest {

/// Points of a plan in the order of their coming, equal ones merged.
class PlanPoints {
 public:
  /// Joins the point to an equal one, or adds it. False: the plan is full (kMostPoints).
  bool add(PlanPoint point);

  /// The points. Single-task rows that do not serve all `num_variants` variants say whose they are:
  /// "single task: gated".
  [[nodiscard]] std::vector<PlanPoint> named(std::size_t num_variants) const;

 private:
  std::vector<PlanPoint> points_;
  std::map<std::string, std::size_t> index_;  // point_id -> place in points_
};

}  // namespace triptych::manifest
