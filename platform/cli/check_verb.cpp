// triptych check MANIFEST [key=value ...] [--json]: words, values, shapes, and a small dry run.
#include <iostream>
#include <set>

#include "arguments.h"
#include "output.h"
#include "plugins.h"
#include "triptych/compose/contract.h"
#include "triptych/compose/dry_run.h"
#include "triptych/core/log.h"
#include "triptych/manifest/check.h"
#include "triptych/manifest/plan.h"
#include "verbs.h"

namespace triptych::cli {

namespace {

// Contracts and dry runs of every different model of the study; seeds do not change a model.
void check_models(const manifest::Plan& plan, const Plugins& plugins,
                  std::vector<Problem>& problems) {
  std::set<std::pair<std::string, std::string>> seen;
  std::set<std::string> said;
  for (const auto& point : plan.points) {
    if (!seen.emplace(manifest::role_name(point.role), point.label).second) continue;
    try {
      const auto manifest = manifest::from_canonical(point.manifest, *plugins.specs);
      const auto contract = compose::check_contract(manifest, *plugins.host);
      compose::dry_run(contract.request, *plugins.host);
    } catch (const Error& error) {
      for (const auto& problem : error.problems()) {
        if (said.insert(problem.text()).second) problems.push_back(problem);
      }
    }
  }
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

  const auto plugins = open_plugins(options.plugin_dirs, arguments.path, arguments.overrides);
  manifest::PlanOptions plan_options;
  plan_options.manifest_path = arguments.path;
  auto planned =
      manifest::plan_study(arguments.path, arguments.overrides, *plugins.specs, plan_options);
  auto problems = planned.problems;
  if (problems.empty()) check_models(planned.plan, plugins, problems);
  manifest::place_problems(problems, planned.tree);  // contract errors know only their pointer
  problems = manifest::shown(std::move(problems));

  for (const auto& warning : planned.warnings) core::log_warning(warning.text());
  if (options.wants_json) {
    nlohmann::ordered_json document = {{"ok", problems.empty()},
                                       {"errors", nlohmann::ordered_json::array()}};
    for (const auto& problem : problems) document["errors"].push_back(problem_json(problem));
    print_json(document);
  } else {
    for (const auto& problem : problems) core::log_error(problem.text());
    if (problems.empty()) {
      std::cout << arguments.path << ": ok, " << planned.plan.points.size()
                << " points under protocol " << planned.plan.protocol << "\n";
    }
  }
  return problems.empty() ? kDone : kBadInput;
}

}  // namespace triptych::cli
