#include "triptych/measure/percentiles.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

namespace triptych::measure {
namespace {

using testing::HasSubstr;

/// 1, 2, ..., n in an order that is not sorted.
std::vector<double> shuffled(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(1 + (i * 37) % n);  // 37 is prime to n below
  return values;
}

TEST(Percentile, IsTheNearestRank) {
  EXPECT_EQ(percentile(shuffled(100), 0.5), 50.0);
  EXPECT_EQ(percentile(shuffled(100), 0.9), 90.0);
  EXPECT_EQ(percentile(shuffled(70), 0.9), 63.0);  // 0.9 * 70 = 63, not 64
  EXPECT_EQ(percentile(shuffled(65), 0.9), 59.0);  // ceil(58.5)
  EXPECT_EQ(percentile(shuffled(1000), 0.99), 990.0);
}

TEST(Percentile, NeedsItsLeastNumberOfSamples) {
  // (1 - share)-tail with one discarded at 99 % confidence: the least n with
  // share^n + n (1 - share) share^(n - 1) <= 0.01.
  for (const double share : {0.5, 0.9, 0.95, 0.99, 0.999}) {
    const auto tail = [share](double n) {
      return std::pow(share, n) + n * (1 - share) * std::pow(share, n - 1);
    };
    int n = 1;
    while (tail(n) > 0.01) ++n;
    EXPECT_EQ(least_samples(share), static_cast<std::size_t>(n)) << share;
  }
  EXPECT_FALSE(percentile(std::vector<double>(63, 1.0), 0.9));
  EXPECT_TRUE(percentile(std::vector<double>(64, 1.0), 0.9));
  EXPECT_FALSE(percentile(std::vector<double>(661, 1.0), 0.99));
  EXPECT_FALSE(percentile({}, 0.5));
}

class Rows final : public core::RunEvents {
 public:
  void warn(std::string_view, std::string_view) override {}
  void curve(const core::CurvePoint&) override {}
  void final_metric(const core::FinalMetric&) override {}
  void image_statistic(const core::ImageStatistic&) override {}
  void probe(const core::ProbeValue& row) override {
    const std::string key(row.statistic);
    values[key] = row.value;
    validity[key] = std::string(row.validity.value_or("none"));
    reasons[key] = std::string(row.reason);
  }
  void picture(const core::Picture&) override {}
  void checkpointed(std::int64_t, std::string_view) override {}
  void flush() override {}
  std::map<std::string, std::optional<double>> values;
  std::map<std::string, std::string> validity, reasons;
};

TEST(Rows, PercentileWithoutEnoughSamplesHasAReasonAndNoVerdict) {
  Rows rows;
  report_times("latency", "total", shuffled(100), {}, rows);
  EXPECT_EQ(rows.values.at("p50_ms"), 50.0);
  EXPECT_EQ(rows.validity.at("p90_ms"), "VALID");
  EXPECT_EQ(rows.values.at("mean_ms"), 50.5);
  EXPECT_EQ(rows.values.at("samples"), 100.0);
  EXPECT_FALSE(rows.values.at("p99_ms"));
  EXPECT_EQ(rows.validity.at("p99_ms"), "none");
  EXPECT_THAT(rows.reasons.at("p99_ms"), HasSubstr("needs 662 samples, there were 100"));
}

TEST(Rows, VerdictStandsOnEveryValue) {
  Rows rows;
  report_times("latency", "total", shuffled(100), {false, "did not settle"}, rows);
  EXPECT_EQ(rows.validity.at("p50_ms"), "INVALID");
  EXPECT_EQ(rows.reasons.at("p50_ms"), "did not settle");
}

}  // namespace
}  // namespace triptych::measure
