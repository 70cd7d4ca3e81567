#include "evaluate_run.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "evaluate_examples.h"
#include "evaluate_usage.h"
#include "rescore.h"
#include "triptych/core/paths.h"
#include "triptych/error.h"

namespace triptych::cli {

namespace {

constexpr int kDone = 0;

struct RunForm {
  std::string run, database, split;
  std::vector<std::string> tasks, variants;
  FixedParams fixed;
  bool json = false;
};

void add_options(CLI::App& app, RunForm& form) {
  app.add_option("run", form.run, "id, unique prefix, @latest or @best:METRIC")->required();
  app.add_option("--task", form.tasks, "only these tasks (all)")->type_name("NAME");
  app.add_option("--variant", form.variants,
                 "definitions of the metrics, each for the tasks that have it (the run's own)")
      ->type_name("NAME");
  app.add_option("--split", form.split, "split that the statistics must be of (the stored one)");
  app.add_option("--db", form.database,
                 "database file (default: TRIPTYCH_DB, else results/results.db)");
  app.add_flag("--json", form.json, "one JSON document on stdout instead of tables");
  auto& fixed = form.fixed;
  const std::string note = " must be the run's own: it was fixed when the run was scored";
  app.add_option("--min", fixed.min, "depth:" + note);
  app.add_option("--max", fixed.max, "depth:" + note);
  app.add_option("--ignore", fixed.ignore, "semseg, depth:" + note);
  app.add_option("--classes", fixed.classes, "semseg:" + note);
  app.add_option("--max-distance", fixed.max_distance, "edges:" + note);
  app.footer(kRunExamples);
}

std::vector<std::string> names_of(const StoredRun& run) {
  std::vector<std::string> names;
  for (const auto& task : run.tasks) names.push_back(task.name);
  return names;
}

std::vector<StoredTask> chosen_tasks(const StoredRun& run, const RunForm& form) {
  for (const auto& name : form.tasks) {
    const auto names = names_of(run);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw Error(Problem{.code = "evaluate.010",
                        .message = "run " + run.run_id + " has no task '" + name + "'",
                        .expected = "it has: " + join(names),
                        .suggestion = did_you_mean(name, names)});
  }
  std::vector<StoredTask> tasks;
  for (const auto& task : run.tasks) {
    const bool is_named =
        std::find(form.tasks.begin(), form.tasks.end(), task.name) != form.tasks.end();
    if (!is_named && !form.tasks.empty()) continue;
    if (is_named || is_known(task)) {
      tasks.push_back(task);
    } else {
      note("note: task '" + task.name +
           "' is left out: evaluate does not know the statistics of '" + task.use + "'");
    }
  }
  return tasks;
}

void check_split(const StoredRun& run, const std::string& split) {
  if (split.empty() || split == run.split) return;
  throw Error(
      "evaluate.010", "--split " + split,
      "run " + run.run_id + " holds statistics of the images of split '" + run.split + "' only",
      "Run the study under a protocol that evaluates on '" + split + "'.");
}

// Every asked variant is one of some chosen task.
void check_variants(const std::vector<StoredTask>& tasks, const RunForm& form) {
  for (const auto& variant : form.variants) {
    if (std::any_of(tasks.begin(), tasks.end(),
                    [&](const auto& task) { return knows(task, variant); })) {
      continue;
    }
    std::vector<std::string> lists, all;
    for (const auto& task : tasks) {
      const auto possible = offer(task).possible;
      all.insert(all.end(), possible.begin(), possible.end());
      lists.push_back("task '" + task.name + "': " + join(possible));
    }
    throw Error(Problem{.code = "metrics.001",
                        .message = "unknown variant '" + variant + "'",
                        .expected = "it can be had: " + join(lists, "; "),
                        .suggestion = did_you_mean(variant, all)});
  }
}

// One after the other, the run's own variant where none is asked for.
std::vector<Evaluation> rescored(const StoredTask& task, const RunForm& form) {
  check_fixed(task, form.fixed);
  std::vector<Evaluation> out;
  if (form.variants.empty()) out.push_back(rescore(task, task.variant));
  for (const auto& variant : form.variants) {
    if (knows(task, variant)) out.push_back(rescore(task, variant));
  }
  if (out.empty()) note("note: task '" + task.name + "' has none of these variants");
  return out;
}

}  // namespace

bool can_be_run(const std::string& word) {
  if (word.starts_with('@')) return true;
  return !word.empty() && word.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

int evaluate_run(int argc, char** argv) {
  RunForm form;
  CLI::App app("Finishes the stored statistics of a run again, under other variants.",
               "triptych evaluate");
  add_options(app, form);
  if (!parsed(app, argc, argv)) return kDone;
  const auto database = core::default_database(form.database);
  const auto run = read_run(store::Store::open(database, store::Mode::read_only), form.run);
  check_split(run, form.split);
  const auto tasks = chosen_tasks(run, form);
  check_variants(tasks, form);
  Document document{{"run_id", run.run_id},
                    {"study", run.study},
                    {"label", run.label},
                    {"split", run.split},
                    {"results", Document::array()}};
  std::string tables;
  for (const auto& task : tasks) {
    for (auto& evaluation : rescored(task, form)) {
      Document result{{"task", task.name}};
      result.update(evaluation.document);
      document["results"].push_back(std::move(result));
      tables += "\n" + evaluation.table;
    }
  }
  const auto heading =
      "Run " + run.run_id + ", " + run.label + " of " + run.study + ", split " + run.split + "\n";
  write_result(form.json ? line_of(document) : heading + tables);
  return kDone;
}

}  // namespace triptych::cli
