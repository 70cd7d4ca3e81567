#include "triptych/report/compare.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "collect.h"
#include "triptych/report/statistics.h"

namespace triptych::report {
namespace {

// One baseline of a comparison: how it is called, and which runs belong to it.
struct Baseline {
  std::string shown;
  std::string role;  ///< "single_task" | "multi_task" | "" = by label alone
  std::string name;  ///< of the baseline, or the label
};

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether a single-task run is also what a multi-task baseline is measured against, which no plan
// says: the same embedding and encoder, and the same chains or none.
bool fits_multi_task(const ComparedRun& single, const ComparedRun& run) {
  return single.role == "single_task" && run.role == "multi_task" &&
         single.backbone == run.backbone && (single.is_plain || single.chains == run.chains);
}

// Whether a run belongs to a baseline of another one, whatever the seeds.
bool serves(const ComparedRun& candidate, const Baseline& baseline, const ComparedRun& run) {
  if (candidate.run_id == run.run_id) return false;
  if (baseline.role.empty()) return candidate.label == baseline.name;
  return std::any_of(candidate.serves_as.begin(), candidate.serves_as.end(), [&](const auto& use) {
    if (use.role != baseline.role || use.name != baseline.name) return false;
    return use.of.empty() || contains(use.of, run.label) || fits_multi_task(candidate, run);
  });
}

// The baseline's value for the run's seed; nothing when it has none.
std::optional<double> baseline_value(const Collected& collected, const Baseline& baseline,
                                     const ComparedRun& run, const MetricKey& key) {
  std::vector<double> found;
  for (const auto& candidate : collected.runs) {
    if (candidate.seed != run.seed || !serves(candidate, baseline, run)) continue;
    const auto value = candidate.values.find(key);
    const bool has_value = value != candidate.values.end() && !std::isnan(value->second.value);
    if (has_value) found.push_back(value->second.value);
  }
  return mean(found);
}

// Runs shown as one label, in order of first appearance. A single-task label has one group per
// task set, since the same label may stand for several tasks' models.
struct Group {
  std::string label, role;
  std::vector<const ComparedRun*> runs;
  std::vector<Baseline> baselines;  ///< what it is compared with
};

std::vector<Group> groups_of(const Collected& collected) {
  std::vector<Group> groups;
  for (const auto& run : collected.runs) {
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.label == run.group && group.role == run.role;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), {run.group, run.role, {}, {}});
    found->runs.push_back(&run);
  }
  return groups;
}

// The runs of a baseline that serve the group, whatever the seeds.
std::vector<std::string> serving_runs(const Collected& collected, const Baseline& baseline,
                                      const Group& group) {
  std::vector<std::string> found;
  for (const auto& candidate : collected.runs) {
    const bool does_serve =
        std::any_of(group.runs.begin(), group.runs.end(),
                    [&](const ComparedRun* run) { return serves(candidate, baseline, *run); });
    if (does_serve) found.push_back(candidate.run_id);
  }
  return found;
}

// Names of all baselines of a role, in the order of the runs.
std::vector<std::string> names_of(const Collected& collected, const std::string& role) {
  std::vector<std::string> names;
  for (const auto& run : collected.runs) {
    for (const auto& use : run.serves_as) {
      if (use.role == role && !contains(names, use.name)) names.push_back(use.name);
    }
  }
  return names;
}

// How a baseline is called in tables; the name stands there only where it tells several apart.
std::string shown_name(const std::string& role, const std::string& name, bool is_only_one) {
  if (is_only_one || name == kSingleTaskName) return role;
  return role + ": " + (name == kPlainName ? "plain" : name);
}

// The baselines of a role that serve the group; of those that are the same runs, the first.
void add_baselines(const Collected& collected, const std::string& role, const Group& group,
                   std::vector<Baseline>& found) {
  const auto names = names_of(collected, role);
  std::set<std::vector<std::string>> known;
  for (const auto& name : names) {
    const Baseline baseline{shown_name(role, name, names.size() == 1), role, name};
    const auto runs = serving_runs(collected, baseline, group);
    if (!runs.empty() && known.insert(runs).second) found.push_back(baseline);
  }
}

// What a group is compared with.
std::vector<Baseline> baselines_of(const Collected& collected, const CompareOptions& options,
                                   const Group& group) {
  std::vector<Baseline> found;
  if (!collected.baseline_label.empty()) {
    const Baseline named{collected.baseline_label, "", collected.baseline_label};
    const bool is_itself = std::any_of(group.runs.begin(), group.runs.end(), [&](const auto* run) {
      return run->label == collected.baseline_label;
    });
    if (!is_itself) found.push_back(named);
    return found;
  }
  if (options.baseline != "multi_task" && group.role != "single_task") {
    add_baselines(collected, "single_task", group, found);
  }
  if (options.baseline != "single_task" && group.role == "variant") {
    add_baselines(collected, "multi_task", group, found);
  }
  return found;
}

// Values by seed, averaged where a seed has several runs; in order of seeds.
class BySeed {
 public:
  void add(std::int64_t seed, double value) { values_[seed].push_back(value); }
  [[nodiscard]] std::vector<double> means() const {
    std::vector<double> out;
    for (const auto& [seed, values] : values_) out.push_back(*mean(values));
    return out;
  }

 private:
  std::map<std::int64_t, std::vector<double>> values_;
};

// Fills in test, verdict and reason from the differences.
void judge_row(CompareRow& row, const std::vector<double>& differences,
               const CompareOptions& options) {
  const auto test = paired_t_test(differences);
  row.difference = test.difference;
  row.low = test.low;
  row.high = test.high;
  row.p = test.p;
  if (test.p) row.test = "paired_t";
  const bool is_delta = row.metric == "delta_m";
  const auto judgement =
      judge(differences, row.direction == "higher", is_delta ? std::nullopt : options.epsilon);
  row.verdict = verdict_name(judgement.verdict);
  row.why = judgement.why;
}

CompareRow metric_row(const Group& group, const MetricKey& key) {
  CompareRow row{.label = group.label, .task = key.task, .metric = key.metric, .role = group.role};
  row.verdict = "cannot_tell";
  BySeed values;
  for (const auto* run : group.runs) {
    const auto found = run->values.find(key);
    if (found == run->values.end()) continue;
    if (!std::isnan(found->second.value)) values.add(run->seed, found->second.value);
    row.unit = found->second.unit;
    row.direction = found->second.direction;
    row.is_main = found->second.is_main;
  }
  const auto means = values.means();
  row.n = static_cast<std::int64_t>(means.size());
  row.mean = mean(means);
  row.sd = standard_deviation(means);
  return row;
}

void add_metric_rows(const Collected& collected, const Group& group, const MetricKey& key,
                     const CompareOptions& options, std::vector<CompareRow>& rows) {
  const auto plain = metric_row(group, key);
  if (plain.n == 0) return;
  for (const auto& baseline : group.baselines) {
    BySeed differences;
    for (const auto* run : group.runs) {
      const auto value = run->values.find(key);
      if (value == run->values.end() || std::isnan(value->second.value)) continue;
      const auto reference = baseline_value(collected, baseline, *run, key);
      if (reference) differences.add(run->seed, value->second.value - *reference);
    }
    auto row = plain;
    row.baseline = baseline.shown;
    judge_row(row, differences.means(), options);
    rows.push_back(std::move(row));
  }
  if (!group.baselines.empty()) return;
  rows.push_back(plain);
  rows.back().why = group.role == "single_task" ? "is a baseline" : "no baseline to compare with";
}

struct Gain {
  std::optional<double> percent;
  std::string why;
};

// Delta_m of one run over `tasks`, or why there is none.
Gain gain_of(const Collected& collected, const Baseline& baseline, const ComparedRun& run,
             const std::set<std::string>& tasks) {
  double sum = 0;
  for (const auto& task : tasks) {
    const auto main = std::find_if(run.values.begin(), run.values.end(), [&](const auto& entry) {
      return entry.first.task == task && entry.second.is_main;
    });
    const auto seed = " for seed " + std::to_string(run.seed);
    if (main == run.values.end() || std::isnan(main->second.value)) {
      return {std::nullopt, task + " has no main metric value" + seed};
    }
    const auto reference = baseline_value(collected, baseline, run, main->first);
    if (!reference) return {std::nullopt, "no baseline value of " + task + seed};
    if (*reference == 0) return {std::nullopt, "the baseline value of " + task + " is 0" + seed};
    const double sign = main->second.direction == "higher" ? 1 : -1;
    sum += sign * (main->second.value - *reference) / *reference;
  }
  return {100 * sum / static_cast<double>(tasks.size()), ""};
}

std::set<std::string> tasks_of(const Group& group) {
  std::set<std::string> tasks;
  for (const auto* run : group.runs) {
    for (const auto& [key, value] : run->values) tasks.insert(key.task);
  }
  return tasks;
}

void add_delta_rows(const Collected& collected, const Group& group, const CompareOptions& options,
                    std::vector<CompareRow>& rows) {
  const auto tasks = tasks_of(group);
  if (tasks.empty()) return;
  for (const auto& baseline : group.baselines) {
    CompareRow row{.label = group.label,
                   .task = "all",
                   .metric = "delta_m",
                   .unit = "%",
                   .direction = "higher",
                   .role = group.role,
                   .is_main = true};
    row.baseline = baseline.shown;
    BySeed gains;
    std::string why;
    for (const auto* run : group.runs) {
      const auto gain = gain_of(collected, baseline, *run, tasks);
      if (gain.percent) gains.add(run->seed, *gain.percent);
      if (!gain.percent && why.empty()) why = gain.why;
    }
    const auto means = gains.means();
    row.n = static_cast<std::int64_t>(means.size());
    row.mean = mean(means);
    row.sd = standard_deviation(means);
    judge_row(row, means, options);
    if (!why.empty()) row.why += (row.why.empty() ? "" : "; ") + why;
    rows.push_back(std::move(row));
  }
}

}  // namespace

Comparison compare(const store::Store& store, const std::vector<std::string>& what,
                   const CompareOptions& options) {
  const auto collected = collect(store, what, options);
  Comparison comparison{.title = collected.title,
                        .protocol = collected.protocol,
                        .rows = {},
                        .notes = collected.notes};
  auto groups = groups_of(collected);
  for (auto& group : groups) group.baselines = baselines_of(collected, options, group);
  std::vector<MetricKey> keys;  // main metrics of a task before its others
  for (const bool is_main : {true, false}) {
    for (const auto& run : collected.runs) {
      for (const auto& [key, value] : run.values) {
        const bool is_known = std::find(keys.begin(), keys.end(), key) != keys.end();
        if (value.is_main == is_main && !is_known) keys.push_back(key);
      }
    }
  }
  std::vector<std::string> tasks;  // in order of their main metrics
  for (const auto& key : keys) {
    if (std::find(tasks.begin(), tasks.end(), key.task) == tasks.end()) tasks.push_back(key.task);
  }
  for (const auto& task : tasks) {
    for (const auto& key : keys) {
      if (key.task != task) continue;
      for (const auto& group : groups) {
        add_metric_rows(collected, group, key, options, comparison.rows);
      }
    }
  }
  for (const auto& group : groups) {
    add_delta_rows(collected, group, options, comparison.rows);
  }
  return comparison;
}

}  // namespace triptych::report
