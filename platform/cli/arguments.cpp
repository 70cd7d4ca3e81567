#include "arguments.h"

#include "triptych/error.h"

namespace triptych::cli {

void CommonOptions::add_database(CommandLine& line) {
  line.text("--db", database, "database file (default: TRIPTYCH_DB, else results/results.db)");
}

void CommonOptions::add_plugin_dirs(CommandLine& line) {
  line.texts("--plugin-dir", plugin_dirs, "folder to search for plugins first (repeatable)",
             {.value_name = "DIR"});
}

void CommonOptions::add_json(CommandLine& line, const std::string& what) {
  line.flag("--json", wants_json, "print " + what + " as one JSON document");
}

void ManifestArguments::add(CommandLine& line) {
  line.text("manifest", path, "manifest file", {.value_name = "MANIFEST"});
  line.texts("overrides", overrides, "key=value, +key=value, ++key=value, ~key",
             {.value_name = "KEY=VALUE"});
}

void ManifestArguments::require() const {
  if (!path.empty() && path.find('=') == std::string::npos) return;
  throw Error(Problem{.code = "usage.003",
                      .message = path.empty() ? "no manifest given"
                                              : "'" + path + "' stands where the manifest belongs",
                      .expected = "a manifest file first, then key=value overrides",
                      .suggestion = "Try experiments/quickstart/streets.json."});
}

}  // namespace triptych::cli
