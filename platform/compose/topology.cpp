#include "topology.h"

#include "guard.h"

namespace triptych::compose {

namespace {

std::string place(const PartPlan& plan) { return plan.title() + " at " + plan.pointer; }

// The fusion's needs when no fusion stands before it that makes features per task.
bool needs_task_encoders(const FusionWish& wish, bool has_task_features) {
  return wish.topology == Topology::kPerTask ||
         (wish.topology == Topology::kTaskFeatures && !has_task_features);
}

Error conflict(const std::vector<FusionWish>& chain, const FusionWish& per_task,
               const FusionWish& shared) {
  const auto expected = "fusions of one chain must agree on the number of encoders";
  if (per_task.topology == Topology::kPerTask) {
    return Error(problem_of(*per_task.plan, "contract.201",
                            "it runs on one encoder per task, but " + place(*shared.plan) +
                                " runs on one encoder for all tasks",
                            expected, "Remove one of the two from the chain."));
  }
  std::string remedy =
      "Put a fusion that makes features per task before it, or remove one of the two.";
  for (const auto& other : chain) {
    if (other.makes_task_features) {
      remedy = "Move " + place(*other.plan) + " before it: that one makes features per task.";
    }
  }
  return Error(problem_of(*per_task.plan, "contract.202",
                          "it needs features per task, but meets a pyramid that all tasks share, "
                          "since " +
                              place(*shared.plan) + " runs on one encoder for all tasks",
                          expected, remedy));
}

}  // namespace

bool resolve_task_encoders(const std::vector<FusionWish>& chain) {
  const FusionWish* per_task = nullptr;
  const FusionWish* shared = nullptr;
  bool has_task_features = false;
  for (const auto& wish : chain) {
    if (!per_task && needs_task_encoders(wish, has_task_features)) per_task = &wish;
    if (!shared && wish.topology == Topology::kShared) shared = &wish;
    has_task_features = has_task_features || wish.makes_task_features;
  }
  if (per_task && shared) throw conflict(chain, *per_task, *shared);
  return per_task != nullptr;
}

}  // namespace triptych::compose
