#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace triptych::host {

/// The eight kinds of plugin, in the order in which they are listed everywhere.
[[nodiscard]] const std::vector<std::string>& kinds();

/// Where plugins are looked for, by who names the folder. Relative paths are relative to the
/// working folder.
struct SearchPath {
  std::vector<std::filesystem::path> given;        ///< --plugin-dir; each must exist
  std::vector<std::filesystem::path> environment;  ///< TRIPTYCH_PLUGIN_PATH, parts between colons
  std::vector<std::filesystem::path> manifest;     ///< plugins.path of the manifest
  std::vector<std::filesystem::path> standard;     ///< of the program, then of the user

  /// All folders in the order of the search; the first that has a plugin wins.
  [[nodiscard]] std::vector<std::filesystem::path> folders() const;
};

/// The search path of this process: TRIPTYCH_PLUGIN_PATH, `<exe>/../plugins`,
/// `<exe>/../lib/triptych/plugins` and `plugins` in the user's data folder, with `given` in front.
/// Throws Error host.001 for a given folder that is not there.
[[nodiscard]] SearchPath default_search_path(std::vector<std::filesystem::path> given);

/// A file that stands where a plugin is looked for. It has not been opened.
struct PluginFile {
  std::string slot;            ///< from the folder, or the first part of a flat name; may be ""
  std::string name;            ///< from the file name
  std::filesystem::path file;  ///< absolute
  std::string layout_problem;  ///< why slot and name cannot be told, or ""
  std::string layout_remedy;   ///< where it should lie, a whole sentence; "" without a problem

  /// "fusion 'gated'", for messages.
  [[nodiscard]] std::string title() const;
};

/// Every file at `DIR/<slot>/<name>.so` or `DIR/<slot>.<name>.so`, the first of each slot and name,
/// sorted by kind and name; then `.so` files that lie in one of the folders and fit neither form.
[[nodiscard]] std::vector<PluginFile> find_plugins(
    const std::vector<std::filesystem::path>& folders);

/// What a single file is by its place and name: `<slot>.<name>.so`, else `<slot>/<name>.so`.
[[nodiscard]] PluginFile plugin_file(const std::filesystem::path& file);

}  // namespace triptych::host
