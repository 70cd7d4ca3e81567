// triptych run MANIFEST [key=value ...]: freezes the plan, then trains every point that is missing.
#include <algorithm>
#include <iostream>

#include "arguments.h"
#include "model_checks.h"
#include "output.h"
#include "plugins.h"
#include "point_runner.h"
#include "probes.h"
#include "study.h"
#include "triptych/core/clock.h"
#include "triptych/core/log.h"
#include "triptych/core/paths.h"
#include "triptych/core/signals.h"
#include "triptych/manifest/check.h"
#include "triptych/report/listing.h"
#include "triptych/train/torch_compat.h"
#include "verbs.h"
#include "workers.h"

namespace triptych::cli {

namespace {

struct RunArguments {
  CommonOptions options;
  ManifestArguments manifest;
  std::vector<std::string> only;
  std::vector<std::string> take_over;
  std::string retry;
  std::string retry_before;  // hidden: the moment that the parent started, for --jobs
  std::string device = "auto";
  std::int64_t jobs = 1;
  std::string worker_of;  // hidden: the study whose frozen plan this copy works on, for --jobs
};

// Point ids that all `--only KEY=VALUE` accept. Keys: label, role, seed, point_id, task.
std::vector<std::string> chosen_points(const store::Plan& plan,
                                       const std::vector<std::string>& only) {
  std::vector<std::string> chosen;
  for (const auto& point : plan.points) {
    const auto accepts = [&point](const std::string& rule) {
      const auto equals = rule.find('=');
      const auto key = rule.substr(0, equals);
      const auto value = equals == std::string::npos ? "" : rule.substr(equals + 1);
      if (key == "label") return point.label == value;
      if (key == "role") return point.role == value;
      if (key == "seed") return std::to_string(point.seed) == value;
      if (key == "point_id") return !value.empty() && point.point_id.starts_with(value);
      throw Error(Problem{.code = "usage.008",
                          .message = "--only " + rule,
                          .expected = "KEY=VALUE with a key of: label, role, seed, point_id",
                          .suggestion = did_you_mean(key, {"label", "role", "seed", "point_id"})});
    };
    if (std::all_of(only.begin(), only.end(), accepts)) chosen.push_back(point.point_id);
  }
  if (chosen.empty()) {
    throw Error("usage.009", "--only " + join(only, " --only "), "no point of the plan fits",
                "triptych plan MANIFEST shows the points.");
  }
  return chosen;
}

// What "auto" stands for, with the GPU's name. Throws Error train.050 before anything is stored.
std::string device_name(const std::string& device) {
  train::set_numeric_flags();  // before the first CUDA call
  return train::device_text(train::choose_device(device));
}

int finished(const RunArguments& arguments, const store::Store& store, const store::Plan& plan,
             const std::vector<std::string>& chosen) {
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t open = 0;
  std::vector<store::PointStatus> points;
  for (const auto& entry : store.points(plan.study)) {
    const auto& id = entry.point.point_id;
    if (std::find(chosen.begin(), chosen.end(), id) == chosen.end()) continue;
    if (entry.status == "done")
      ++done;
    else if (entry.status == "failed")
      ++failed;
    else
      ++open;
    points.push_back(entry);
  }
  if (arguments.options.wants_json) {
    std::cout << report::points_json(plan.study, plan.protocol, points);
  } else {
    std::cout << "study " << plan.study << ": " << done << " points done, " << failed << " failed, "
              << open << " open; database " << store.path().string() << "\n";
    if (failed > 0) std::cout << "failed points are tried again with --retry failed\n";
  }
  if (const int signal = core::stop_signal(); signal != 0) return core::stop_exit_code(signal);
  if (failed == 0) return kDone;
  return done > 0 ? kPartlyDone : kFailed;
}

// Frees a run of this plan whose machine is gone, for this process to go on with it.
void release(const std::string& run, const store::Plan& plan, store::Store& store) {
  const auto row = store.run(store.resolve(run));
  const bool is_planned = std::any_of(plan.points.begin(), plan.points.end(), [&](const auto& one) {
    return one.point_id == row.point_id;
  });
  if (!is_planned) {
    throw Error("usage.019", "--take-over " + run,
                "run " + row.run_id + " is of study '" + row.study + "', not of this plan",
                "Name the manifest that it belongs to.");
  }
  store.release(row.run_id);
}

RunArguments parsed(CommandLine& line, std::vector<std::string> words, std::optional<int>& exit) {
  RunArguments arguments;
  arguments.manifest.add(line);
  arguments.options.add_database(line);
  arguments.options.add_plugin_dirs(line);
  arguments.options.add_json(line, "the points and their state");
  line.texts("--only", arguments.only,
             "KEY=VALUE: only points with this label, role, seed or point_id");
  line.text("--retry", arguments.retry, "failed: try failed points again", {.one_of = {"failed"}});
  line.texts("--take-over", arguments.take_over,
             "RUN: go on with a run of another machine that is gone");
  line.integer("--jobs", arguments.jobs, "points trained at the same time", 1, 256);
  line.text("--device", arguments.device, "auto, cpu or cuda (cuda:1)");
  line.text("--worker", arguments.worker_of, "", {.is_hidden = true});
  line.text("--retry-before", arguments.retry_before, "", {.is_hidden = true});
  line.example("triptych run experiments/quickstart/streets.json recipe.steps=200 --db my.db");
  exit = line.parse(std::move(words));
  return arguments;
}

// The frozen plan of the manifest, its models looked at before anything is stored. A copy takes the
// plan that its parent froze: read again, @latest may name another run.
store::Plan checked_plan(const RunArguments& arguments, const Plugins& plugins,
                         const std::string& database) {
  if (!arguments.worker_of.empty()) {
    return store::Store::open(database, store::Mode::read_only).plan(arguments.worker_of);
  }
  const auto planned = plan_of(arguments.manifest, plugins, database, /*needs_data=*/true);
  auto plan = stored_plan(planned.plan);
  auto found = check_models(plan, plugins, /*runs_dry=*/false);
  auto problems = std::move(found.problems);
  problems.insert(problems.end(), found.missing_probes.begin(), found.missing_probes.end());
  manifest::place_problems(problems, planned.tree);
  if (!problems.empty()) throw Error(manifest::shown(std::move(problems)));
  return plan;
}

// Trains until no chosen point is open. False when the database failed on the way (a full disk): it
// has said why. Throws Error only when the database is busy.
bool train_points(PointRunner& runner, store::Store& store, const std::string& study,
                  const store::ClaimOptions& claims) {
  try {
    while (core::stop_signal() == 0) {
      const auto claim = store.claim_next(study, claims);
      if (!claim) break;
      runner.run(*claim);
    }
    return true;
  } catch (const Error& error) {
    if (error.problem().code == "store.075") throw;
    core::log_error(error.what());
    return false;
  }
}

}  // namespace

int run_verb(std::vector<std::string> words) {
  CommandLine line("run", "Trains what is missing of a manifest's study.");
  std::optional<int> exit;
  const auto own_words = words;
  auto arguments = parsed(line, std::move(words), exit);
  if (exit) return *exit;
  arguments.manifest.require();
  core::catch_stop_signals();

  const auto device = device_name(arguments.device);
  const auto plugins = open_plugins(arguments.options.plugin_dirs, arguments.manifest.path,
                                    arguments.manifest.overrides);
  const auto database = core::default_database(arguments.options.database);
  const bool is_worker = !arguments.worker_of.empty();
  const auto plan = checked_plan(arguments, plugins, database);
  const auto chosen = chosen_points(plan, arguments.only);
  auto store = store::Store::open(database, store::Mode::read_write);
  for (const auto& note : store.notes()) core::log_warning(note);
  if (!is_worker) {
    store.freeze(plan);
    for (const auto& run : arguments.take_over) release(run, plan, store);
  }

  store::ClaimOptions claims;
  claims.only = chosen;
  claims.device = device;
  if (arguments.retry == "failed") {
    claims.retry_failed_before =
        arguments.retry_before.empty() ? core::utc_now() : arguments.retry_before;
  }
  Workers workers(is_worker ? 0 : arguments.jobs - 1, own_words, plan.study,
                  claims.retry_failed_before);
  PointRunner runner(store, plugins, plan, chosen, arguments.device, is_worker);
  const bool is_complete = train_points(runner, store, plan.study, claims);
  workers.wait();
  if (!is_complete) return kFailed;
  if (is_worker) return kDone;
  add_missing_probes(store, plugins, plan, chosen, arguments.device);
  return finished(arguments, store, plan, chosen);
}

}  // namespace triptych::cli
