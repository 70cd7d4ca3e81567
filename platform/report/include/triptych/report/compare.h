#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <triptych/store/store.h>

namespace triptych::report {

struct CompareOptions {
  /// "" = every kind of baseline there is, "single_task", "multi_task", or a run (id, prefix,
  /// @latest, @best:METRIC): then every label is compared with that run's label.
  std::string baseline;
  /// "" = by label; else a manifest key in dots ("slots.encoder.use"): variants are then grouped by
  /// its value, and values of equal seeds are averaged inside a group.
  std::string by;
  std::optional<double> epsilon;  ///< margin of equivalence, in the unit of each metric
};

/// One label, one metric, one baseline. Values over seeds.
struct CompareRow {
  std::string label, task, metric, unit, direction, role;
  bool is_main = false;  ///< the task's main metric, or Delta_m
  std::int64_t n = 0;    ///< seeds with a value
  std::optional<double> mean, sd;
  std::string baseline;              ///< "" = none
  std::optional<double> difference;  ///< mean over common seeds of value minus baseline's value
  std::optional<double> low, high;   ///< interval for it
  double level = 0.95;               ///< its level
  std::string test;                  ///< "paired_t", or "" when there was none
  std::optional<double> p;
  std::string verdict;  ///< better | worse | same | cannot_tell
  std::string why;      ///< why there is no number, or no clear verdict
};

struct Comparison {
  std::string title;  ///< study, or "runs"
  std::string protocol;
  std::vector<CompareRow> rows;    ///< by task, metric, then label in the plan's order
  std::vector<std::string> notes;  ///< points that are missing, one sentence per label
};

/// Compares the finished runs of one study (`what` has one element that names a study), or runs.
///
/// Values: final metrics of split `test`, or `val` where a metric has no test value. Baselines of
/// role single_task serve the labels that their plan point names, and multi-task baselines with the
/// same embedding and encoder (and the same prompts and fusions, unless the single-task model is
/// plain). Where a study has several baselines of one role, each is a baseline of its own, named
/// "single_task: LABEL"; those that are the same runs for a label stand once. A variant that equals
/// a multi-task baseline is that baseline for the other variants, and a note says so.
///
/// Delta_m rows have task "all", metric "delta_m", unit "%", direction "higher":
///   Delta_m = 100/T sum_t s_t (M_t - B_t) / B_t
/// over the T tasks of the label, M_t and B_t the main metric of task t of the label and of the
/// baseline with the same seed, s_t = +1 when higher is better, -1 when lower is. (Maninis,
/// Radosavovic and Kokkinos, CVPR 2019; Vandenhende et al., arXiv:2004.13379, eq. 10.) Without a
/// value of some task, or with B_t = 0, there is no Delta_m, and `why` says so: it is never
/// averaged over fewer tasks. Its mean, interval and test are those of the per-seed values against
/// zero.
///
/// Errors: report.001 runs of different protocols; report.002 nothing finished to compare;
/// report.003 unknown value of `by`; store.005 no such study or run.
[[nodiscard]] Comparison compare(const store::Store& store, const std::vector<std::string>& what,
                                 const CompareOptions& options = {});

/// One JSON document: {"protocol", "rows": [...]}, absent numbers null; also "title" and "notes".
[[nodiscard]] std::string to_json(const Comparison& comparison);
/// For a terminal. Main metrics and Delta_m; `all_metrics` adds the others.
[[nodiscard]] std::string to_text(const Comparison& comparison, bool all_metrics = false);
[[nodiscard]] std::string to_markdown(const Comparison& comparison, bool all_metrics = false);
/// A tabular for the booktabs package.
[[nodiscard]] std::string to_latex(const Comparison& comparison, bool all_metrics = false);
/// All rows and columns, RFC 4180. A text that a spreadsheet would take for a formula gets a
/// leading apostrophe.
[[nodiscard]] std::string to_csv(const Comparison& comparison);

}  // namespace triptych::report
