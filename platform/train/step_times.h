#pragma once

#include <vector>

#include <triptych/core/events.h>

namespace triptych::train {

/// Wall time of updates and how much of it was waiting for data; evaluations, checkpoints and the
/// first updates (warm-up) do not count.
class StepTimes {
 public:
  void add(double step_s, double wait_s);
  /// Probe `step`, part `total`: p50_ms, p90_ms, p99_ms, mean_ms, samples, data_wait_share (0..1).
  /// Percentiles need 11, 64 and 662 samples; without them the row says so and has no value.
  void report(core::RunEvents& events) const;

 private:
  std::vector<double> step_s_;
  double wait_s_ = 0;
  int skipped_ = 0;
};

}  // namespace triptych::train
