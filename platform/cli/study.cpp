#include "study.h"

#include <filesystem>

#include "run_folder.h"
#include "triptych/core/log.h"
#include "triptych/manifest/check.h"
#include "triptych/store/store.h"
#include "triptych/train/open_dataset.h"

namespace triptych::cli {

namespace {

// The weights that a run of the database left.
std::string weights_of(const std::string& run, const std::string& database) {
  if (!std::filesystem::exists(database)) {
    throw Error("store.005", database, "there is no run '" + run + "': there is no such database",
                "Say which with --db FILE, or name a weights file.");
  }
  const auto store = store::Store::open(database, store::Mode::read_only);
  const auto row = store.run(store.resolve(run));
  const auto file = std::filesystem::absolute(run_weights(store.path(), row.run_id));
  if (row.status != "done" || !std::filesystem::is_regular_file(file)) {
    throw Error("store.005", file.string(),
                "run " + row.run_id + " is " + row.status + " and has no weights there",
                "Name a finished run; triptych list runs shows them.");
  }
  return file.string();
}

}  // namespace

manifest::Planned plan_of(const ManifestArguments& arguments, const Plugins& plugins,
                          const std::string& database, bool needs_data) {
  manifest::PlanOptions options;
  options.manifest_path = arguments.path;
  options.needs_data = needs_data;
  options.weights_of_run = [&database](const std::string& run) {
    return weights_of(run, database);
  };
  options.data_hash = [&](const manifest::Manifest& manifest) -> std::string {
    const bool is_there = manifest.data.has_plugin;
    if (!is_there) return "";
    try {
      return placed(arguments.path, arguments.overrides,
                    [&] { return train::open_dataset(manifest, *plugins.host)->data_hash(); });
    } catch (const Error& error) {
      if (needs_data) throw;
      for (const auto& problem : error.problems()) core::log_warning(problem.text());
      return "";
    }
  };
  auto planned = manifest::plan_study(arguments.path, arguments.overrides, *plugins.specs, options);
  for (const auto& warning : planned.warnings) core::log_warning(warning.text());
  if (!planned.problems.empty()) throw Error(manifest::shown(std::move(planned.problems)));
  return planned;
}

store::Plan stored_plan(const manifest::Plan& plan) {
  store::Plan stored{plan.study, plan.protocol, plan.canonical(), {}};
  for (const auto& point : plan.points) {
    std::vector<store::BaselineUse> uses;
    for (const auto& use : point.serves_as) {
      uses.push_back({manifest::role_name(use.role), use.name, use.of});
    }
    stored.points.push_back({point.point_id, manifest::role_name(point.role), point.label,
                             point.seed, point.manifest, std::move(uses)});
  }
  return stored;
}

}  // namespace triptych::cli
