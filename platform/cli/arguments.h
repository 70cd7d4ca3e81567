#pragma once

#include <string>
#include <vector>

#include "command_line.h"

namespace triptych::cli {

/// Options that several verbs share. Each `add_` declares one on the command line of a verb.
struct CommonOptions {
  std::string database;                  // --db
  std::vector<std::string> plugin_dirs;  // --plugin-dir, repeated
  bool wants_json = false;               // --json

  void add_database(CommandLine& line);
  void add_plugin_dirs(CommandLine& line);
  void add_json(CommandLine& line, const std::string& what);
};

/// A manifest's path and the overrides behind it.
struct ManifestArguments {
  std::string path;
  std::vector<std::string> overrides;

  void add(CommandLine& line);
  /// Throws Error usage.003 when no path was given, or when the first word looks like an override.
  void require() const;
};

}  // namespace triptych::cli
