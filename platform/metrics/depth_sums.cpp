// The one pass over the pixels, and the sums as named numbers.
#include <algorithm>
#include <cmath>
#include <string>

#include "statistic_lookup.h"
#include "triptych/error.h"
#include "triptych/metrics/depth.h"

namespace triptych::metrics {

void DepthSums::merge(const DepthSums& other) {
  if (other.pixels == 0) return;
  if (pixels > 0) {  // Chan, Golub, LeVeque 1983: the spread of a union
    const auto n = static_cast<double>(pixels);
    const auto m = static_cast<double>(other.pixels);
    const double gap = log_error / n - other.log_error / m;
    log_spread += gap * gap * n * m / (n + m);
  }
  log_spread += other.log_spread;
  pixels += other.pixels;
  squared += other.squared;
  log_squared += other.log_squared;
  log_error += other.log_error;
  absolute += other.absolute;
  relative += other.relative;
  squared_relative += other.squared_relative;
  for (int k = 0; k < 3; ++k) within[k] += other.within[k];
  raw_absolute += other.raw_absolute;
  raw_relative += other.raw_relative;
}

namespace {

constexpr double kTiny = static_cast<double>(1e-9F);  // stands in for values without a logarithm

void add_pixel(DepthSums& sums, double g, double p) {
  const double raw = std::abs(g - p);
  sums.raw_absolute += raw;
  sums.raw_relative += raw / g;
  if (p <= 0) p = kTiny;
  const double error = g - p;
  const double log_error = std::log(p) - std::log(g);
  ++sums.pixels;
  sums.squared += error * error;
  sums.log_squared += log_error * log_error;
  sums.log_error += log_error;
  if (sums.pixels > 1) {  // Youngs and Cramer 1971
    const auto n = static_cast<double>(sums.pixels);
    const double gap = log_error - sums.log_error / n;
    sums.log_spread += gap * gap * n / (n - 1);
  }
  sums.absolute += std::abs(error);
  sums.relative += std::abs(error) / g;
  sums.squared_relative += error * error / g;
  const double factor = std::max(g / p, p / g);
  sums.within[0] += factor < 1.25;
  sums.within[1] += factor < 1.25 * 1.25;
  sums.within[2] += factor < 1.25 * 1.25 * 1.25;
}

bool is_value(double g, double value) { return g == value || (std::isnan(g) && std::isnan(value)); }

template <class Real>
void add(DepthImage& image, std::span<const Real> truth, std::span<const Real> prediction,
         const DepthOptions& options) {
  if (truth.size() != prediction.size()) {
    throw Error("metrics.012", "depth",
                std::to_string(truth.size()) + " truth pixels and " +
                    std::to_string(prediction.size()) + " predicted ones");
  }
  if (!(options.min >= 0 && options.max > options.min)) {
    throw Error("metrics.013", "depth range",
                std::to_string(options.min) + " to " + std::to_string(options.max) +
                    " holds no depth; expected 0 <= min < max");
  }
  const auto sums = [&](DepthKind kind, bool is_ignored) -> DepthSums& {
    return image.sums[static_cast<int>(kind)][is_ignored];
  };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double g = options.rounds_to_float ? static_cast<float>(truth[i]) : truth[i];
    const double p = options.rounds_to_float ? static_cast<float>(prediction[i]) : prediction[i];
    const bool is_ignored = options.ignore && is_value(g, *options.ignore);
    if (options.min < g && g < options.max) {
      add_pixel(sums(DepthKind::kInRange, is_ignored), g, p);
      image.not_finite += !std::isfinite(p);
    } else if (options.in_range_only) {
      continue;
    } else if (g == 0) {
      add_pixel(sums(DepthKind::kZero, is_ignored), kTiny, p);
    } else if (g < 0) {
      add_pixel(sums(DepthKind::kNegative, is_ignored), g, p);
      add_pixel(sums(DepthKind::kNegativeTiny, is_ignored), kTiny, p);
    } else {
      add_pixel(sums(DepthKind::kOutOfRange, is_ignored), g, p);
    }
  }
}

constexpr std::array<const char*, kDepthKinds> kKindNames{"in_range", "out_of_range", "zero",
                                                          "negative", "negative_tiny"};

// Visits (name, number) of one DepthSums, both ways.
template <class Sums, class Visitor>
void visit(Sums& sums, const Visitor& visitor) {
  visitor("pixels", sums.pixels);
  visitor("squared", sums.squared);
  visitor("log_squared", sums.log_squared);
  visitor("log_error", sums.log_error);
  visitor("log_spread", sums.log_spread);
  visitor("absolute", sums.absolute);
  visitor("relative", sums.relative);
  visitor("squared_relative", sums.squared_relative);
  visitor("within_1", sums.within[0]);
  visitor("within_2", sums.within[1]);
  visitor("within_3", sums.within[2]);
  visitor("raw_absolute", sums.raw_absolute);
  visitor("raw_relative", sums.raw_relative);
}

std::string prefix(int kind, int is_ignored) {
  return std::string(kKindNames[kind]) + (is_ignored ? ".ignored." : ".");
}

}  // namespace

void add_depth(DepthImage& image, std::span<const float> truth, std::span<const float> prediction,
               const DepthOptions& options) {
  add(image, truth, prediction, options);
}

void add_depth(DepthImage& image, std::span<const double> truth, std::span<const double> prediction,
               const DepthOptions& options) {
  add(image, truth, prediction, options);
}

Statistics statistics(const DepthImage& image) {
  Statistics rows;
  for (int kind = 0; kind < kDepthKinds; ++kind) {
    for (int is_ignored = 0; is_ignored < 2; ++is_ignored) {
      const auto& sums = image.sums[kind][is_ignored];
      if (sums.pixels == 0) continue;
      visit(sums, [&](const char* name, auto number) {
        rows.push_back({prefix(kind, is_ignored) + name, static_cast<double>(number)});
      });
    }
  }
  if (image.not_finite > 0) rows.push_back({"not_finite", static_cast<double>(image.not_finite)});
  return rows;
}

std::vector<std::string> depth_statistics() {
  std::vector<std::string> names;
  for (int kind = 0; kind < kDepthKinds; ++kind) {
    for (int is_ignored = 0; is_ignored < 2; ++is_ignored) {
      const DepthSums sums;
      visit(sums,
            [&](const char* name, auto) { names.push_back(prefix(kind, is_ignored) + name); });
    }
  }
  names.emplace_back("not_finite");
  return names;
}

DepthImage depth_image(std::span<const Statistic> rows) {
  DepthImage image;
  const StatisticLookup values(rows);
  for (int kind = 0; kind < kDepthKinds; ++kind) {
    for (int is_ignored = 0; is_ignored < 2; ++is_ignored) {
      visit(image.sums[kind][is_ignored], [&](const char* name, auto& number) {
        values.read(prefix(kind, is_ignored) + name, number);
      });
    }
  }
  values.read("not_finite", image.not_finite);
  return image;
}

}  // namespace triptych::metrics
