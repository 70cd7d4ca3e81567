#include "collect.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include <triptych/error.h>

namespace triptych::report {
namespace {

using nlohmann::json;

// Main metrics of the usual tasks, for runs whose tasks did not say.
bool is_usual_main(const std::string& metric) {
  static const std::set<std::string> kMain = {"mIoU", "rmse", "mDS", "odsF", "maxF"};
  return kMain.contains(metric);
}

// The values that count: split test before val, and the variant in the name where there are
// several.
std::map<MetricKey, MetricValue> values_of(const std::vector<store::MetricRow>& rows) {
  std::map<MetricKey, std::set<std::string>> variants;
  std::map<MetricKey, std::string> split;
  std::set<std::string> tasks_with_main;
  for (const auto& row : rows) {
    if (row.split != "test" && row.split != "val") continue;
    const MetricKey key{row.task, row.metric};
    variants[key].insert(row.variant);
    if (split[key] != "test") split[key] = row.split;
    if (row.is_main) tasks_with_main.insert(row.task);
  }
  std::map<MetricKey, MetricValue> values;
  for (const auto& row : rows) {
    const MetricKey key{row.task, row.metric};
    const auto found = split.find(key);
    if (found == split.end() || found->second != row.split) continue;
    const bool has_several = variants[key].size() > 1 && !row.variant.empty();
    const MetricKey shown{row.task,
                          has_several ? row.metric + " (" + row.variant + ")" : row.metric};
    const bool is_main =
        tasks_with_main.contains(row.task) ? row.is_main : is_usual_main(row.metric);
    values[shown] = {
        .value = row.value, .unit = row.unit, .direction = row.direction, .is_main = is_main};
  }
  return values;
}

json parsed(const std::string& manifest) {
  return json::parse(manifest, nullptr, /*allow_exceptions=*/false);
}

bool is_empty_chain(const json& manifest, const std::string& slot) {
  const auto pointer = json::json_pointer("/slots/" + slot);
  if (!manifest.contains(pointer)) return true;
  const auto& chain = manifest[pointer];
  return chain.is_null() || (chain.is_array() && chain.empty());
}

bool is_plain(const json& manifest) {
  return manifest.is_object() && is_empty_chain(manifest, "prompt") &&
         is_empty_chain(manifest, "fusion");
}

// Modules of some slots with all their params, as text to compare.
std::string slots_text(const json& manifest, const std::vector<std::string>& slots) {
  json found = json::object();
  for (const auto& slot : slots) {
    const auto pointer = json::json_pointer("/slots/" + slot);
    if (manifest.contains(pointer)) found[slot] = manifest[pointer];
  }
  return found.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The value of a key in dots, as text.
std::string value_at(const json& manifest, const std::string& key) {
  std::string path = "/" + key;
  std::replace(path.begin(), path.end(), '.', '/');
  const json::json_pointer pointer(path);
  if (!manifest.contains(pointer)) {
    throw Error("report.003", "--by " + key, "no such key in the manifests of these runs",
                "Name a key of the resolved manifest in dots, e.g. slots.encoder.use.");
  }
  const auto& value = manifest[pointer];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// The baselines that a run is, by name. A plan that does not name them has one of each kind.
std::vector<store::BaselineUse> named_uses(const store::PlanPoint& point, bool is_plain) {
  auto uses = point.serves_as;
  if (uses.empty() && point.role != "variant") uses.push_back({point.role, "", {}});
  for (auto& use : uses) {
    if (!use.name.empty()) continue;
    use.name = use.role != "single_task" ? point.label : is_plain ? kPlainName : kSingleTaskName;
  }
  return uses;
}

ComparedRun make_run(const store::Store& store, const std::string& run_id,
                     const store::PlanPoint& point, const std::string& by) {
  const auto manifest = parsed(point.manifest);
  return {.run_id = run_id,
          .label = point.label,
          .role = point.role,
          .seed = point.seed,
          .serves_as = named_uses(point, is_plain(manifest)),
          .is_plain = is_plain(manifest),
          .backbone = slots_text(manifest, {"embedding", "encoder"}),
          .chains = slots_text(manifest, {"prompt", "fusion"}),
          .group = by.empty() || point.role != "variant" ? point.label : value_at(manifest, by),
          .values = values_of(store.metrics(run_id))};
}

// Says which variants are multi-task baselines as well.
void note_shared_points(const std::vector<store::PlanPoint>& points, Collected& collected) {
  for (const auto& point : points) {
    for (const auto& use : point.serves_as) {
      if (point.role != "variant" || use.role != "multi_task") continue;
      const auto note = "The multi-task baseline '" + use.name + "' is the variant '" +
                        point.label + "': the same runs.";
      const auto& notes = collected.notes;
      if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
        collected.notes.push_back(note);
      }
    }
  }
}

void add_study(const store::Store& store, const std::string& study, const CompareOptions& options,
               Collected& collected) {
  const auto plan = store.plan(study);
  collected.title = study;
  collected.protocol = plan.protocol;
  std::vector<std::string> labels;
  std::map<std::string, std::map<std::string, int>> missing;  // label -> status -> points
  std::map<std::string, int> total;
  for (const auto& status : store.points_of(plan)) {
    const auto& label = status.point.label;
    if (total[label]++ == 0) labels.push_back(label);
    if (status.status == "done") {
      collected.runs.push_back(make_run(store, status.run_id, status.point, options.by));
    } else {
      ++missing[label][status.status];
    }
  }
  for (const auto& label : labels) {
    if (!missing.contains(label)) continue;
    std::vector<std::string> parts;
    for (const auto& [status, count] : missing[label]) {
      parts.push_back(std::to_string(count) + " " + status);
    }
    collected.notes.push_back(label + ": of " + std::to_string(total[label]) + " runs " +
                              join(parts) + ".");
  }
  note_shared_points(plan.points, collected);
}

// A run id; the error for a name that fits no run also knows the studies.
std::string run_named(const store::Store& store, const std::string& name, bool may_be_study) {
  try {
    return store.resolve(name);
  } catch (const Error& error) {
    if (error.problem().code == "store.005" && store.has_study(name)) {
      throw Error("store.005", error.problem().message, "a study has that name",
                  "Compare it alone (triptych compare " + name +
                      "), or name runs of it (triptych list runs).");
    }
    if (!may_be_study || name.starts_with("@") || error.problem().code != "store.005") throw;
    std::vector<std::string> studies;
    for (const auto& study : store.studies()) studies.push_back(study.study);
    throw Error(Problem{.code = "store.005",
                        .message = error.problem().message + ", and no study of that name",
                        .expected = "studies: " + join(studies),
                        .suggestion = did_you_mean(name, studies)});
  }
}

// The baselines that a run of the list is: what the newest plan of its study says.
std::vector<store::BaselineUse> uses_of(const store::Store& store, const store::RunRow& row,
                                        bool is_ambiguous) {
  for (const auto& point : store.plan(row.study).points) {
    if (point.point_id != row.point_id || point.label != row.label) continue;
    auto uses = point.serves_as;
    for (auto& use : uses) {
      for (auto& label : use.of) label = is_ambiguous ? row.study + ": " + label : label;
    }
    return uses;
  }
  return {};
}

// Labels of different studies may be equal: then the study's name stands before them.
void add_runs(const store::Store& store, const std::vector<std::string>& what,
              const CompareOptions& options, Collected& collected) {
  collected.title = "runs";
  std::set<std::string> seen;
  std::map<std::string, std::set<std::string>> studies_of_label;
  std::vector<store::RunRow> rows;
  for (const auto& name : what) {
    const auto row = store.run(run_named(store, name, what.size() == 1));
    if (!seen.insert(row.run_id).second) continue;
    studies_of_label[row.label].insert(row.study);
    rows.push_back(row);
  }
  for (const auto& row : rows) {
    if (!collected.protocol.empty() && row.protocol != collected.protocol) {
      throw Error("report.001", "run " + row.run_id,
                  "is of protocol " + row.protocol + ", others are of " + collected.protocol,
                  "Numbers of different protocols cannot be compared; name runs of one protocol.");
    }
    collected.protocol = row.protocol;
    if (row.status != "done") {
      collected.notes.push_back(row.label + ": run " + row.run_id + " is " + row.status + ".");
      continue;
    }
    const bool is_ambiguous = studies_of_label[row.label].size() > 1;
    const store::PlanPoint point{.point_id = row.point_id,
                                 .role = row.role,
                                 .label = is_ambiguous ? row.study + ": " + row.label : row.label,
                                 .seed = row.seed,
                                 .manifest = store.manifest(row.run_id),
                                 .serves_as = uses_of(store, row, is_ambiguous)};
    collected.runs.push_back(make_run(store, row.run_id, point, options.by));
  }
}

// Finds, or adds, the run that --baseline names, and remembers its label.
void add_baseline(const store::Store& store, const CompareOptions& options, Collected& collected) {
  const bool is_run = !options.baseline.empty() && options.baseline != "single_task" &&
                      options.baseline != "multi_task";
  if (!is_run) return;
  const auto row = store.run(store.resolve(options.baseline));
  const auto found = std::find_if(collected.runs.begin(), collected.runs.end(),
                                  [&](const auto& run) { return run.run_id == row.run_id; });
  if (found != collected.runs.end()) {
    collected.baseline_label = found->label;
    return;
  }
  if (row.protocol != collected.protocol) {
    throw Error("report.001", "run " + row.run_id,
                "is of protocol " + row.protocol + ", the others are of " + collected.protocol,
                "Choose a baseline of the same protocol.");
  }
  const store::PlanPoint point{.point_id = row.point_id,
                               .role = row.role,
                               .label = row.study + ": " + row.label,
                               .seed = row.seed,
                               .manifest = store.manifest(row.run_id),
                               .serves_as = {}};
  collected.baseline_label = point.label;
  collected.runs.push_back(make_run(store, row.run_id, point, options.by));
}

}  // namespace

Collected collect(const store::Store& store, const std::vector<std::string>& what,
                  const CompareOptions& options) {
  Collected collected;
  if (what.size() == 1 && store.has_study(what.front())) {
    add_study(store, what.front(), options, collected);
  } else {
    add_runs(store, what, options, collected);
  }
  add_baseline(store, options, collected);
  if (collected.runs.empty()) {
    auto notes = join(collected.notes, " ");
    if (notes.ends_with('.')) notes.pop_back();
    throw Error(Problem{.code = "report.002",
                        .message = collected.title + ": nothing to compare, no run is done",
                        .expected = std::move(notes),
                        .suggestion = "Run the study first: triptych run MANIFEST."});
  }
  return collected;
}

}  // namespace triptych::report
