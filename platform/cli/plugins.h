#pragma once

#include <memory>
#include <string>
#include <vector>

#include "triptych/error.h"
#include "triptych/host/plugin_host.h"
#include "triptych/manifest/node.h"
#include "triptych/manifest/specs.h"

namespace triptych::cli {

/// The plugins that a verb can use.
struct Plugins {
  std::unique_ptr<host::PluginHost> host;
  std::unique_ptr<manifest::SpecSource> specs;
};

/// Opens the search path of the program with `plugin_dirs` in front and the manifest's
/// `plugins.path` where it belongs. `manifest_path` may be "" (no manifest) or unreadable: the
/// verb's own reading says what is wrong with it.
[[nodiscard]] Plugins open_plugins(const std::vector<std::string>& plugin_dirs,
                                   const std::string& manifest_path,
                                   const std::vector<std::string>& overrides = {});
/// The same for a stored run, whose manifest names its folders.
[[nodiscard]] Plugins open_plugins_in(const std::vector<std::string>& plugin_dirs,
                                      const std::vector<std::string>& manifest_folders);

/// Warns (host.003) of folders of TRIPTYCH_PLUGIN_PATH that are not there; `open_plugins` does.
void warn_of_missing_folders(const host::SearchPath& path);

/// The manifest as read and overridden, faults of the overrides ignored. Throws Error as reading
/// does.
[[nodiscard]] manifest::Node manifest_tree(const std::string& path,
                                           const std::vector<std::string>& overrides);

/// What `work` gives; problems of an Error that know only their pointer get their line in the
/// manifest.
template <class Work>
auto placed(const std::string& path, const std::vector<std::string>& overrides, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    auto problems = error.problems();
    manifest::place_problems(problems, manifest_tree(path, overrides));
    throw Error(std::move(problems));
  }
}

}  // namespace triptych::cli
