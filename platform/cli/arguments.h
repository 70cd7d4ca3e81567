#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace triptych::cli {

/// Options that several verbs share. Each `add_` declares one on the parser of a verb.
struct CommonOptions {
  std::string database;                  // --db
  std::vector<std::string> plugin_dirs;  // --plugin-dir, repeated
  bool wants_json = false;               // --json

  void add_database(CLI::App& app);
  void add_plugin_dirs(CLI::App& app);
  void add_json(CLI::App& app, const std::string& what);
};

/// A manifest's path and the overrides behind it.
struct ManifestArguments {
  std::string path;
  std::vector<std::string> overrides;

  void add(CLI::App& app);
  /// Throws Error usage.003 when no path was given, or when the first word looks like an override.
  void require() const;
};

/// Parses `words`. Prints help and returns 0, or throws Error usage.000 with the parser's reason;
/// nothing when the verb should go on.
[[nodiscard]] std::optional<int> parse(CLI::App& app, std::vector<std::string> words);

}  // namespace triptych::cli
