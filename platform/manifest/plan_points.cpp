#include "plan_points.h"

#include <algorithm>

#include "matrix.h"

namespace triptych::manifest {

namespace {

// Of two equal points, the one that says more about the study gives role and label.
int rank(Role role) {
  switch (role) {
    case Role::kVariant:
      return 2;
    case Role::kMultiTask:
      return 1;
    case Role::kSingleTask:
      return 0;
  }
  return 0;
}

void add_missing(const std::vector<std::string>& from, std::vector<std::string>& to) {
  for (const auto& label : from) {
    if (std::find(to.begin(), to.end(), label) == to.end()) to.push_back(label);
  }
}

void add_uses(const std::vector<BaselineUse>& from, std::vector<BaselineUse>& to) {
  for (const auto& use : from) {
    const auto same = std::find_if(to.begin(), to.end(), [&](const BaselineUse& known) {
      return known.role == use.role && known.name == use.name;
    });
    if (same == to.end())
      to.push_back(use);
    else
      add_missing(use.of, same->of);
  }
}

}  // namespace

std::vector<std::string> PlanPoint::baseline_of() const {
  std::vector<std::string> labels;
  for (const auto& use : serves_as) {
    if (use.role == Role::kSingleTask) add_missing(use.of, labels);
  }
  return labels;
}

bool PlanPoints::add(PlanPoint point) {
  const auto [found, is_new] = index_.try_emplace(point.point_id, points_.size());
  if (is_new) {
    if (points_.size() == kMostPoints) return false;
    points_.push_back(std::move(point));
    return true;
  }
  auto& known = points_[found->second];
  auto uses = known.serves_as;
  add_uses(point.serves_as, uses);
  if (rank(point.role) > rank(known.role)) known = std::move(point);
  known.serves_as = std::move(uses);
  return true;
}

std::vector<PlanPoint> PlanPoints::named(std::size_t num_variants) const {
  auto points = points_;
  for (auto& point : points) {
    if (point.role != Role::kSingleTask) continue;
    const auto& first = point.serves_as.front();
    if (first.of.size() < num_variants) point.label += ": " + first.of.front();
  }
  return points;
}

}  // namespace triptych::manifest
