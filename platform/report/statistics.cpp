#include "triptych/report/statistics.h"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace triptych::report {
namespace {

using boost::math::students_t;

// Half the width of the interval of level 1 - alpha for a mean of n values.
double half_width(double sd, std::int64_t n, double alpha) {
  const students_t t(static_cast<double>(n - 1));
  return boost::math::quantile(boost::math::complement(t, alpha / 2)) * sd /
         std::sqrt(static_cast<double>(n));
}

bool all_equal(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
}

// Probability that the two-sided test at kAlpha with n pairs rejects, for a standardised effect.
double power_of(double effect, std::int64_t n) {
  const double degrees = static_cast<double>(n - 1);
  const double critical =
      boost::math::quantile(boost::math::complement(students_t(degrees), kAlpha / 2));
  const boost::math::non_central_t shifted(degrees, effect * std::sqrt(static_cast<double>(n)));
  return boost::math::cdf(boost::math::complement(shifted, critical)) +
         boost::math::cdf(shifted, -critical);
}

constexpr std::int64_t kMostSeeds = 10000;  // more is no advice

}  // namespace

std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  if (all_equal(values)) return 0.0;  // exactly, whatever the rounding of the mean
  const double centre = *mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

PairedTest paired_t_test(std::span<const double> differences) {
  PairedTest result{.n = static_cast<std::int64_t>(differences.size()),
                    .difference = mean(differences),
                    .low = {},
                    .high = {},
                    .p = {},
                    .why = ""};
  if (result.n < 2) {
    result.why = result.n == 0 ? "no common seeds" : "one common seed: a test needs at least two";
    return result;
  }
  const double sd = *standard_deviation(differences);
  if (sd == 0 && *result.difference != 0) {
    result.why = "all differences are equal: without spread there is no test";
    return result;
  }
  if (sd == 0) {
    result.low = result.high = 0.0;
    result.p = 1.0;
    return result;
  }
  const double half = half_width(sd, result.n, kAlpha);
  const double t = *result.difference / (sd / std::sqrt(static_cast<double>(result.n)));
  result.low = *result.difference - half;
  result.high = *result.difference + half;
  result.p = 2 * boost::math::cdf(boost::math::complement(
                     students_t(static_cast<double>(result.n - 1)), std::abs(t)));
  return result;
}

std::optional<std::int64_t> seeds_needed(double difference, double sd) {
  const double effect = std::abs(difference) / sd;
  if (!(effect > 0) || !std::isfinite(effect)) return std::nullopt;
  std::int64_t low = 2;
  if (power_of(effect, low) >= kPower) return low;
  std::int64_t high = 4;
  while (high < kMostSeeds && power_of(effect, high) < kPower) {
    low = high;
    high *= 2;
  }
  high = std::min(high, kMostSeeds);
  while (high - low > 1) {  // power grows with n: `low` is too few, `high` enough
    const std::int64_t middle = (low + high) / 2;
    (power_of(effect, middle) < kPower ? low : high) = middle;
  }
  return high;
}

std::string verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::same:
      return "same";
    case Verdict::cannot_tell:
      break;
  }
  return "cannot_tell";
}

Judgement judge(std::span<const double> differences, bool higher_is_better,
                std::optional<double> epsilon) {
  const auto test = paired_t_test(differences);
  if (!test.p) return {.verdict = Verdict::cannot_tell, .why = test.why};
  const double sd = *standard_deviation(differences);
  if (sd == 0) return {.verdict = Verdict::same, .why = "equal for every common seed"};
  if (epsilon) {
    const double half = half_width(sd, test.n, 2 * kAlpha);
    if (std::abs(*test.difference) + half <= *epsilon) {
      return {.verdict = Verdict::same, .why = "within the margin of equivalence"};
    }
  }
  if (*test.p < kAlpha) {
    const bool is_better = (*test.difference > 0) == higher_is_better;
    return {.verdict = is_better ? Verdict::better : Verdict::worse, .why = ""};
  }
  const auto seeds = seeds_needed(*test.difference, sd);
  if (!seeds) return {.verdict = Verdict::cannot_tell, .why = "the mean difference is zero"};
  if (*seeds >= kMostSeeds) {
    return {.verdict = Verdict::cannot_tell, .why = "needs more than 10000 seeds"};
  }
  return {.verdict = Verdict::cannot_tell,
          .why = "needs about " + std::to_string(*seeds) + " seeds"};
}

}  // namespace triptych::report
