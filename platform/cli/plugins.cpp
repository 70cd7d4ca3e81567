#include "plugins.h"

#include <filesystem>

#include "triptych/compose/spec_source.h"
#include "triptych/core/log.h"
#include "triptych/error.h"
#include "triptych/manifest/overrides.h"
#include "triptych/manifest/reader.h"

namespace fs = std::filesystem;

namespace triptych::cli {

namespace {

// A search path goes on without a folder that is not there: whoever mistyped it must hear of it.
void warn_if_missing(const fs::path& folder, const std::string& named_by, const Problem& place) {
  std::error_code failure;
  if (fs::is_directory(folder, failure)) return;
  auto problem = place;
  problem.code = "host.003";
  problem.message =
      named_by + " names " + folder.string() + ", which is no folder that can be read";
  problem.suggestion = "Correct the path; no plugins are looked for there.";
  core::log_warning(problem.text());
}

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
    for (std::size_t i = 0; i < list->elements().size(); ++i) {
      const auto& entry = list->elements()[i];
      if (entry.text() == nullptr) continue;
      const auto folder = fs::path(path).parent_path() / *entry.text();  // that, if it is absolute
      std::vector<Problem> place = {{.code = "host.003",
                                     .message = "",
                                     .file = "",
                                     .pointer = "/plugins/path/" + std::to_string(i)}};
      manifest::place_problems(place, tree);
      warn_if_missing(folder, "the manifest", place.front());
      folders.push_back(folder.string());
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

void warn_of_missing_folders(const host::SearchPath& path) {
  for (const auto& folder : path.environment) warn_if_missing(folder, "TRIPTYCH_PLUGIN_PATH", {});
}

Plugins open_plugins_in(const std::vector<std::string>& plugin_dirs,
                        const std::vector<std::string>& manifest_folders) {
  host::HostOptions options;
  options.path = host::default_search_path({plugin_dirs.begin(), plugin_dirs.end()});
  warn_of_missing_folders(options.path);
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
