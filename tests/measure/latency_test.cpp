#include "triptych/measure/latency.h"

#include <gmock/gmock.h>

#include "fixture.h"

namespace triptych::measure {
namespace {

std::shared_ptr<compose::Model> model() {
  return compose::compose(compose::check_contract(train::tiny(1), train::plugins()), 1);
}

TEST(Latency, EverySampleIsOnePassAndPercentilesAreInOrder) {
  const auto tiny = model();
  int passes = 0;
  tiny->watcher = [&](std::string_view part, bool is_start) {
    if (part == "embedding" && is_start) ++passes;
  };
  const LatencySeries series = measure_latency(*tiny, {.budget_s = 60, .max_samples = 70});
  ASSERT_EQ(series.total_ms.size(), 70u);
  EXPECT_GE(passes, 70 + 10);  // at least two groups of five before
  EXPECT_TRUE(series.part_ms.empty());
  for (const double time : series.total_ms) EXPECT_GT(time, 0);
  EXPECT_LE(*percentile(series.total_ms, 0.5), *percentile(series.total_ms, 0.9));
}

TEST(Latency, PartsAreMeasuredInASeriesOfTheirOwn) {
  const auto tiny = model();
  const LatencySeries series =
      measure_latency(*tiny, {.budget_s = 60, .max_samples = 70, .has_parts = true});
  EXPECT_EQ(series.total_ms.size(), 70u);
  std::vector<std::string> parts;
  for (const auto& [part, times] : series.part_ms) {
    parts.push_back(part);
    EXPECT_EQ(times.size(), 70u) << part;
    for (const double time : times) EXPECT_GE(time, 0);
  }
  EXPECT_THAT(parts, testing::ElementsAre("embedding", "encoder", "head.depth", "head.semseg"));
  EXPECT_FALSE(tiny->watcher);  // the clock is gone
}

TEST(Latency, SeriesTooShortForP90HasAMedianOnly) {
  const auto tiny = model();
  train::Folder folder;
  train::Journal journal(folder.path());
  probe_latency(*tiny, {.budget_s = 60, .max_samples = 20}, journal);
  EXPECT_GT(journal.probes.at("latency total p50_ms"), 0);
  EXPECT_EQ(journal.verdicts.count("latency total p50_ms"), 1u);
  EXPECT_EQ(journal.probes.at("latency total p90_ms"), -1);  // no value
  EXPECT_EQ(journal.verdicts.count("latency total p90_ms"), 0u);
  EXPECT_EQ(journal.probes.at("latency total samples"), 20);
}

TEST(Latency, ModeAndWeightsAreLeftAsTheyWere) {
  const auto tiny = model();
  tiny->train();
  const at::Tensor before = tiny->buffers().front().clone();
  (void)measure_latency(*tiny, {.max_samples = 11});
  EXPECT_TRUE(tiny->is_training());
  EXPECT_TRUE(torch::equal(tiny->buffers().front(), before));
}

}  // namespace
}  // namespace triptych::measure
