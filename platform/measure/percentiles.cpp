#include "triptych/measure/percentiles.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace triptych::measure {

std::size_t least_samples(double share) {
  if (share <= 0.5) return 11;
  if (share <= 0.9) return 64;
  if (share <= 0.95) return 130;
  if (share <= 0.99) return 662;
  return 6636;
}

std::optional<double> percentile(std::vector<double> samples, double share) {
  if (samples.size() < least_samples(share)) return {};
  const double exact = share * static_cast<double>(samples.size());
  // Products such as 0.9 * 70 = 63.00000000000001 must not count as one more.
  const auto rank = static_cast<std::size_t>(std::max(std::ceil(exact - 1e-9), 1.0));
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(samples.begin(), place, samples.end());
  return *place;
}

void report_times(std::string_view probe, std::string_view part,
                  const std::vector<double>& times_ms, const Verdict& verdict,
                  core::RunEvents& events) {
  const std::string_view validity = verdict.is_valid ? "VALID" : "INVALID";
  const auto row = [&](std::string_view statistic, std::optional<double> value,
                       std::string_view unit, const std::string& missing) {
    events.probe({.probe = probe,
                  .part = part,
                  .statistic = statistic,
                  .value = value,
                  .unit = unit,
                  .validity = value ? std::optional(validity) : std::nullopt,
                  .reason = value ? std::string_view(verdict.reason) : std::string_view(missing)});
  };
  constexpr std::pair<std::string_view, double> kShares[] = {
      {"p50_ms", 0.5}, {"p90_ms", 0.9}, {"p99_ms", 0.99}};
  for (const auto& [statistic, share] : kShares) {
    row(statistic, percentile(times_ms, share), "ms",
        "needs " + std::to_string(least_samples(share)) + " samples, there were " +
            std::to_string(times_ms.size()));
  }
  const auto count = static_cast<double>(times_ms.size());
  row("samples", count, "", "");
  if (times_ms.empty()) return;
  row("mean_ms", std::accumulate(times_ms.begin(), times_ms.end(), 0.0) / count, "ms", "");
}

}  // namespace triptych::measure
