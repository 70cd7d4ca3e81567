#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "triptych/report/compare.h"
#include "triptych/store/rows.h"

namespace triptych::report {

/// Names a metric in a comparison.
struct MetricKey {
  std::string task, metric;
  auto operator<=>(const MetricKey&) const = default;
};

struct MetricValue {
  double value = 0;  ///< NaN where undefined
  std::string unit, direction;
  bool is_main = false;
};

/// A finished run that takes part in a comparison.
struct ComparedRun {
  std::string run_id, label, role;
  std::int64_t seed = 0;
  std::vector<store::BaselineUse> serves_as;  ///< the baselines that it is, each with a name
  bool is_plain = false;                      ///< its manifest has no prompt and no fusion
  std::string backbone;                       ///< its embedding and encoder, as JSON
  std::string chains;                         ///< its prompts and fusions, as JSON
  std::string group;                          ///< label, or value of the `by` key
  std::map<MetricKey, MetricValue> values;
};

/// Names of the single-task baselines that are not named otherwise.
inline constexpr const char* kSingleTaskName = "single task";
inline constexpr const char* kPlainName = "single task, plain";

struct Collected {
  std::string title, protocol;
  std::vector<ComparedRun> runs;  ///< in the order of the plan, or as given
  std::vector<std::string> notes;
  std::string baseline_label;  ///< label of the run that `baseline` names, or ""
};

/// Reads what `compare` compares.
[[nodiscard]] Collected collect(const store::Store& store, const std::vector<std::string>& what,
                                const CompareOptions& options);

}  // namespace triptych::report
