#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace triptych::metrics {

/// A result, or no value: nothing was valid, or the variant does not report this metric. In JSON:
/// null.
using Value = std::optional<double>;

/// `x`, or no value when it is not finite.
[[nodiscard]] inline Value finite(double x) { return std::isfinite(x) ? Value(x) : std::nullopt; }

/// numerator / denominator, or no value when that is not finite (a denominator of 0 among others).
[[nodiscard]] inline Value ratio(double numerator, double denominator) {
  return denominator == 0 ? std::nullopt : finite(numerator / denominator);
}

/// One named number of one image: a row of the store's per-image table and a column of
/// `--per-image`. Counts are whole numbers below 2^53, so that a double holds them exactly.
struct Statistic {
  std::string name;  ///< e.g. "tp.3", "in_range.squared"
  double value = 0;
};

using Statistics = std::vector<Statistic>;

}  // namespace triptych::metrics
