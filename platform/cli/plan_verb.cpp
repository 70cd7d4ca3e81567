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
  CLI::App app("Shows the points of a study and which of them are done.", "plan");
  CommonOptions options;
  ManifestArguments arguments;
  arguments.add(app);
  options.add_database(app);
  options.add_plugin_dirs(app);
  options.add_json(app, "the plan");
  app.footer("example: triptych plan experiments/quickstart/streets.json seeds.count=5 --json");
  if (const auto done = parse(app, std::move(words))) return *done;
  arguments.require();

  const auto plugins = open_plugins(options.plugin_dirs, arguments.path, arguments.overrides);
  const auto database = core::default_database(options.database);
  const auto plan = stored_plan(plan_of(arguments, plugins, database, /*needs_data=*/false));
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
  CLI::App app("Shows how far the studies of a database are.", "status");
  CommonOptions options;
  std::string study;
  app.add_option("study", study, "one study, point by point");
  options.add_database(app);
  options.add_json(app, "the status");
  app.footer("example: triptych status streets");
  if (const auto done = parse(app, std::move(words))) return *done;

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
