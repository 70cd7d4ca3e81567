#include "study.h"

#include "triptych/core/log.h"
#include "triptych/manifest/check.h"
#include "triptych/train/open_dataset.h"

namespace triptych::cli {

manifest::Plan plan_of(const ManifestArguments& arguments, const Plugins& plugins,
                       bool needs_data) {
  manifest::PlanOptions options;
  options.manifest_path = arguments.path;
  options.needs_data = needs_data;
  options.data_hash = [&plugins, needs_data](const manifest::Manifest& manifest) -> std::string {
    const bool is_there = manifest.data.has_plugin;
    if (!is_there) return "";
    try {
      return train::open_dataset(manifest, *plugins.host)->data_hash();
    } catch (const Error& error) {
      if (needs_data) throw;
      core::log_warning(error.what());
      return "";
    }
  };
  auto planned = manifest::plan_study(arguments.path, arguments.overrides, *plugins.specs, options);
  for (const auto& warning : planned.warnings) core::log_warning(warning.text());
  if (!planned.problems.empty()) throw Error(manifest::shown(std::move(planned.problems)));
  return std::move(planned.plan);
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
