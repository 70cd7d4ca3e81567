// triptych plan MANIFEST [key=value ...] [--json] and triptych status [STUDY] [--json].
#include <filesystem>
#include <iostream>

#include "arguments.h"
#include "plugins.h"
#include "study.h"
#include "triptych/core/paths.h"
#include "triptych/report/listing.h"
#include "triptych/store/store.h"
#include "verbs.h"

namespace triptych::cli {

int plan_verb(std::vector<std::string> words) {
  CommandLine line("plan", "Shows the points of a study and which of them are done.");
  CommonOptions options;
  ManifestArguments arguments;
  arguments.add(line);
  options.add_database(line);
  options.add_plugin_dirs(line);
  options.add_json(line, "the plan");
  line.example("triptych plan experiments/quickstart/streets.json seeds.count=5 --json");
  if (const auto done = line.parse(std::move(words))) return *done;
  arguments.require();

  const auto plugins = open_plugins(options.plugin_dirs, arguments.path, arguments.overrides);
  const auto database = core::default_database(options.database);
  const auto plan = stored_plan(plan_of(arguments, plugins, database, /*needs_data=*/false).plan);
  std::vector<store::PointStatus> points;
  if (std::filesystem::exists(database)) {
    points = store::Store::open(database, store::Mode::read_only).points_of(plan);
  } else {
    for (const auto& point : plan.points) points.push_back({point, "planned", "", ""});
  }

  std::cout << (options.wants_json ? report::points_json(plan.study, plan.protocol, points)
                                   : report::points_text(plan.study, plan.protocol, points));
  return kDone;
}

int status_verb(std::vector<std::string> words) {
  CommandLine line("status", "Shows how far the studies of a database are.");
  CommonOptions options;
  std::string study;
  line.text("study", study, "one study, point by point");
  options.add_database(line);
  options.add_json(line, "the status");
  line.example("triptych status streets");
  if (const auto done = line.parse(std::move(words))) return *done;

  const auto store =
      store::Store::open(core::default_database(options.database), store::Mode::read_only);
  if (study.empty()) {
    const auto studies = store.studies();
    std::cout << (options.wants_json ? report::studies_json(studies)
                                     : report::studies_text(studies));
    return kDone;
  }
  const auto protocol = store.plan(study).protocol;
  const auto points = store.points(study);
  std::cout << (options.wants_json ? report::points_json(study, protocol, points)
                                   : report::points_text(study, protocol, points));
  return kDone;
}

}  // namespace triptych::cli
