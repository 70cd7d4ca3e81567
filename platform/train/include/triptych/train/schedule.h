#pragma once

#include <cstdint>

#include <triptych/manifest/manifest.h>

namespace triptych::train {

/// Learning rate of update `step` (0-based) of `steps`, before a group's factor.
///
/// With W = min(schedule.warmup, steps), and t = (step - W) / (steps - W):
///   warm-up (step < W):  lr * (step + 1) / W           the last warm-up step has the whole rate
///   constant:            lr
///   poly:                max(lr * (1 - t)^power, min_lr)
///   cosine:              min_lr + (lr - min_lr) * (1 + cos(pi t)) / 2
/// Without warm-up t = step / steps: the polynomial rule of most dense prediction papers.
[[nodiscard]] double learning_rate(const manifest::Schedule& schedule, double lr, std::int64_t step,
                                   std::int64_t steps);

}  // namespace triptych::train
