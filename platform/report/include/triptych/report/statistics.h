#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

// Statistics over seeds. One place computes them; tables and pages only show them.

namespace triptych::report {

/// Probability of a false "better" or "worse" that is accepted; intervals have level 1 - kAlpha.
inline constexpr double kAlpha = 0.05;
/// Probability of seeing a true difference for which `seeds_needed` plans.
inline constexpr double kPower = 0.8;

/// Arithmetic mean; nothing for no values.
[[nodiscard]] std::optional<double> mean(std::span<const double> values);

/// Sample standard deviation (divisor n - 1); nothing for fewer than two values.
[[nodiscard]] std::optional<double> standard_deviation(std::span<const double> values);

/// Student's t test that the mean of paired differences is zero, two-sided, with the interval of
/// level 1 - kAlpha for that mean. Source: Student (1908), Biometrika 6(1):1-25.
struct PairedTest {
  std::int64_t n = 0;                ///< pairs
  std::optional<double> difference;  ///< mean of the differences; nothing without pairs
  std::optional<double> low, high;   ///< interval for it
  std::optional<double> p;           ///< two-sided
  std::string why;                   ///< why there is no interval and no p; "" when there is
};

/// `differences`: value of the method minus that of the baseline, one per common seed.
/// - Fewer than two: no interval, no p, and `why` says so.
/// - All equal to zero: interval [0, 0], p = 1.
/// - All equal but not zero: no interval, no p: without spread the test is not defined.
[[nodiscard]] PairedTest paired_t_test(std::span<const double> differences);

/// The least number of pairs with which the test above, at kAlpha, sees with probability kPower a
/// true difference of `difference` when differences spread by `sd`. From the noncentral t
/// distribution; at most 10000. Nothing when either is not a positive number in absolute value.
[[nodiscard]] std::optional<std::int64_t> seeds_needed(double difference, double sd);

enum class Verdict { better, worse, same, cannot_tell };
[[nodiscard]] std::string verdict_name(Verdict verdict);

/// What may be said, and why.
struct Judgement {
  Verdict verdict = Verdict::cannot_tell;
  std::string why;  ///< one clause; "" for better and worse
};

/// - `same`: the interval of level 1 - 2 kAlpha lies within [-epsilon, epsilon] (two one-sided
/// tests,
///   Schuirmann 1987), or all differences are zero. Without an epsilon only the latter.
/// - else `better` or `worse`: p < kAlpha, by the sign of the difference and the direction.
/// - else `cannot_tell`, with the number of seeds that would be needed for a difference as seen.
/// No difference is ever called "same" because it is not significant.
[[nodiscard]] Judgement judge(std::span<const double> differences, bool higher_is_better,
                              std::optional<double> epsilon = std::nullopt);

}  // namespace triptych::report
