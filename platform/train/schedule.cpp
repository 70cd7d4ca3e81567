#include "triptych/train/schedule.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace triptych::train {

double learning_rate(const manifest::Schedule& schedule, double lr, std::int64_t step,
                     std::int64_t steps) {
  const std::int64_t warmup = std::clamp<std::int64_t>(schedule.warmup, 0, steps);
  if (step < warmup) return lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double t = steps > warmup
                       ? static_cast<double>(step - warmup) / static_cast<double>(steps - warmup)
                       : 0.0;
  if (schedule.use == "constant") return lr;
  if (schedule.use == "poly") {
    return std::max(lr * std::pow(std::max(1 - t, 0.0), schedule.power), schedule.min_lr);
  }
  if (schedule.use == "cosine") {
    return schedule.min_lr + (lr - schedule.min_lr) * (1 + std::cos(std::numbers::pi * t)) / 2;
  }
  TORCH_INTERNAL_ASSERT(false, "the manifest knows the schedules, and no '", schedule.use, "'");
}

}  // namespace triptych::train
