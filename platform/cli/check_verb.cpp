// triptych check MANIFEST [key=value ...] [--json]: words, values, shapes, and a small dry run.
#include <iostream>

#include "arguments.h"
#include "model_checks.h"
#include "output.h"
#include "plugins.h"
#include "study.h"
#include "triptych/core/log.h"
#include "triptych/manifest/check.h"
#include "triptych/manifest/plan.h"
#include "triptych/train/torch_compat.h"
#include "verbs.h"

namespace triptych::cli {

namespace {

struct Findings {
  std::vector<Problem> problems;
  std::vector<Problem> warnings;
  std::size_t num_points = 0;
  std::string protocol;
};

Findings findings_of(const CommonOptions& options, const ManifestArguments& arguments) {
  const auto plugins = open_plugins(options.plugin_dirs, arguments.path, arguments.overrides);
  manifest::PlanOptions plan_options;
  plan_options.manifest_path = arguments.path;
  auto planned =
      manifest::plan_study(arguments.path, arguments.overrides, *plugins.specs, plan_options);
  Findings findings{.problems = std::move(planned.problems),
                    .warnings = std::move(planned.warnings),
                    .num_points = planned.plan.points.size(),
                    .protocol = planned.plan.protocol};
  if (findings.problems.empty()) {
    train::set_threads(1);  // the smallest images: more threads only wait for each other
    auto models = check_models(stored_plan(planned.plan), plugins, /*runs_dry=*/true);
    findings.problems = std::move(models.problems);
    manifest::place_problems(models.missing_probes, planned.tree);
    findings.warnings.insert(findings.warnings.end(), models.missing_probes.begin(),
                             models.missing_probes.end());
  }
  manifest::place_problems(findings.problems, planned.tree);  // contracts know only pointers
  return findings;
}

}  // namespace

int check_verb(std::vector<std::string> words) {
  CommandLine line("check", "Checks a manifest without training anything.");
  CommonOptions options;
  ManifestArguments arguments;
  arguments.add(line);
  options.add_plugin_dirs(line);
  options.add_database(line);
  options.add_json(line, "{ok, errors}");
  line.example("triptych check experiments/quickstart/streets.json recipe.batch=8");
  if (const auto done = line.parse(std::move(words))) return *done;
  arguments.require();

  Findings findings;
  try {
    findings = findings_of(options, arguments);
  } catch (const Error& error) {
    if (!options.wants_json) throw;
    findings.problems = error.problems();  // of plugin folders
  }
  const auto& problems = findings.problems;

  for (const auto& warning : findings.warnings) core::log_warning(warning.text());
  if (options.wants_json) {
    nlohmann::ordered_json document = {{"ok", problems.empty()},
                                       {"errors", nlohmann::ordered_json::array()}};
    for (const auto& problem : problems) document["errors"].push_back(problem_json(problem));
    print_json(document);
  } else {
    for (const auto& problem : manifest::shown(problems)) core::log_error(problem.text());
    if (problems.empty()) {
      std::cout << arguments.path << ": ok, " << findings.num_points << " points under protocol "
                << findings.protocol << "\n";
    }
  }
  return problems.empty() ? kDone : kBadInput;
}

}  // namespace triptych::cli
