#pragma once

#include <memory>
#include <string>
#include <vector>

#include "triptych/host/plugin_host.h"
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

}  // namespace triptych::cli
