#include "step_times.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace triptych::train {
namespace {

constexpr int kWarmup = 3;  // updates: allocations and kernel choices of the first ones

struct Quantile {
  const char* statistic;
  double share;
  std::size_t least;  // samples for 99 % confidence with one discarded (binomial tail)
};
constexpr Quantile kQuantiles[] = {{"p50_ms", 0.5, 11}, {"p90_ms", 0.9, 64}, {"p99_ms", 0.99, 662}};

}  // namespace

void StepTimes::add(double step_s, double wait_s) {
  if (skipped_ < kWarmup) {
    ++skipped_;
    return;
  }
  step_s_.push_back(step_s);
  wait_s_ += wait_s;
}

void StepTimes::report(core::RunEvents& events) const {
  const auto row = [&events](const char* statistic, std::optional<double> value, const char* unit,
                             const std::string& reason = "") {
    events.probe({.probe = "step",
                  .part = "total",
                  .statistic = statistic,
                  .value = value,
                  .unit = unit,
                  .validity = {},
                  .reason = reason});
  };
  std::vector<double> sorted = step_s_;
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [statistic, share, least] : kQuantiles) {
    if (sorted.size() < least) {
      row(statistic, {}, "ms",
          "needs " + std::to_string(least) + " steps, there were " + std::to_string(sorted.size()));
      continue;
    }
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    row(statistic, 1e3 * sorted[std::min(rank, sorted.size() - 1)], "ms");
  }
  row("samples", static_cast<double>(sorted.size()), "");
  if (sorted.empty()) return;
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  row("mean_ms", 1e3 * sum / static_cast<double>(sorted.size()), "ms");
  row("data_wait_share", sum > 0 ? wait_s_ / sum : 0.0, "");
}

}  // namespace triptych::train
