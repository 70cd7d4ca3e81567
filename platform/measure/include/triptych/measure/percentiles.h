#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <triptych/core/events.h>

namespace triptych::measure {

/// Samples that a quoted percentile needs: 99 % confidence with one outlier discarded (the binomial
/// tail that MLPerf LoadGen uses): p50 11, p90 64, p99 662.
[[nodiscard]] std::size_t least_samples(double share);

/// The smallest sample that at least `share` of all samples do not exceed (nearest rank). Nothing
/// when there are fewer than least_samples.
[[nodiscard]] std::optional<double> percentile(std::vector<double> samples, double share);

/// A verdict on a series of samples.
struct Verdict {
  bool is_valid = true;
  std::string reason;  ///< why not
};

/// Rows of probe `probe` for one part: p50_ms, p90_ms, p99_ms, mean_ms, samples. A percentile with
/// too few samples has no value and no verdict; its reason says how many there were.
void report_times(std::string_view probe, std::string_view part,
                  const std::vector<double>& times_ms, const Verdict& verdict,
                  core::RunEvents& events);

}  // namespace triptych::measure
