#include "plugins.h"

#include <filesystem>

#include "triptych/compose/spec_source.h"
#include "triptych/error.h"
#include "triptych/manifest/overrides.h"
#include "triptych/manifest/reader.h"

namespace fs = std::filesystem;

namespace triptych::cli {

namespace {

// The manifest's own plugin folders, before anything is checked: plugins are needed to check it.
std::vector<std::string> manifest_folders(const std::string& path,
                                          const std::vector<std::string>& overrides) {
  if (path.empty()) return {};
  std::vector<std::string> folders;
  try {
    const auto tree = manifest_tree(path, overrides);
    const auto* plugins = tree.find("plugins");
    const auto* list = plugins != nullptr ? plugins->find("path") : nullptr;
    if (list == nullptr) return {};
    for (const auto& entry : list->elements()) {
      if (entry.text() == nullptr) continue;
      const fs::path folder(*entry.text());
      folders.push_back(folder.is_absolute() ? folder.string()
                                             : (fs::path(path).parent_path() / folder).string());
    }
  } catch (const Error&) {
    return {};  // said once, by the verb's own reading of the same file
  }
  return folders;
}

}  // namespace

manifest::Node manifest_tree(const std::string& path, const std::vector<std::string>& overrides) {
  auto tree = manifest::read_manifest(path);
  std::vector<Problem> ignored;
  manifest::apply_overrides(manifest::parse_overrides(overrides, ignored), tree, ignored);
  return tree;
}

Plugins open_plugins_in(const std::vector<std::string>& plugin_dirs,
                        const std::vector<std::string>& manifest_folders) {
  host::HostOptions options;
  options.path = host::default_search_path({plugin_dirs.begin(), plugin_dirs.end()});
  options.path.manifest.assign(manifest_folders.begin(), manifest_folders.end());
  Plugins plugins;
  plugins.host = std::make_unique<host::PluginHost>(std::move(options));
  plugins.specs = std::make_unique<compose::HostSpecs>(*plugins.host);
  return plugins;
}

Plugins open_plugins(const std::vector<std::string>& plugin_dirs, const std::string& manifest_path,
                     const std::vector<std::string>& overrides) {
  return open_plugins_in(plugin_dirs, manifest_folders(manifest_path, overrides));
}

}  // namespace triptych::cli
