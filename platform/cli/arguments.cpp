#include "arguments.h"

#include <algorithm>
#include <iostream>

#include "triptych/error.h"

namespace triptych::cli {

void CommonOptions::add_database(CLI::App& app) {
  app.add_option("--db", database, "database file (default: TRIPTYCH_DB, else results/results.db)");
}

void CommonOptions::add_plugin_dirs(CLI::App& app) {
  app.add_option("--plugin-dir", plugin_dirs, "folder to search for plugins first (repeatable)")
      ->type_name("DIR")
      ->allow_extra_args(false);
}

void CommonOptions::add_json(CLI::App& app, const std::string& what) {
  app.add_flag("--json", wants_json, "print " + what + " as one JSON document");
}

void ManifestArguments::add(CLI::App& app) {
  app.add_option("manifest", path, "manifest file")->type_name("MANIFEST");
  app.add_option("overrides", overrides, "key=value, +key=value, ++key=value, ~key")
      ->type_name("KEY=VALUE");
}

void ManifestArguments::require() const {
  if (!path.empty() && path.find('=') == std::string::npos) return;
  throw Error(Problem{.code = "usage.003",
                      .message = path.empty() ? "no manifest given"
                                              : "'" + path + "' stands where the manifest belongs",
                      .expected = "a manifest file first, then key=value overrides",
                      .suggestion = "Try experiments/quickstart/streets.json."});
}

std::optional<int> parse(CLI::App& app, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    throw Error(
        Problem{.code = "usage.000",
                .message = "triptych " + app.get_name() + ": " + error.what(),
                .suggestion = "triptych " + app.get_name() + " --help shows what it takes."});
  }
  return std::nullopt;
}

}  // namespace triptych::cli
