#include "triptych/host/search_path.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "triptych/core/paths.h"
#include "triptych/error.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

bool is_kind(const std::string& word) { return std::ranges::count(kinds(), word) > 0; }

std::vector<fs::path> split_path(const std::string& text) {
  std::vector<fs::path> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(':', begin), text.size());
    if (end > begin) parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Entries of a folder, sorted by name; none when it cannot be read.
std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure)) {
    paths.push_back(it->path());
  }
  std::ranges::sort(paths);
  return paths;
}

PluginFile misplaced(const fs::path& file, const std::string& folder_name) {
  const auto stem = file.stem().string();
  const auto word = stem.substr(0, stem.find('.'));
  const bool is_flat = stem.find('.') != std::string::npos && !is_kind(word);
  const std::string& slot = is_flat ? word : folder_name;
  const auto nearest = did_you_mean(slot, kinds());
  return {
      .slot = "",
      .name = stem,
      .file = file,
      .layout_problem = is_flat ? "\"" + word + "\" at the front of its file name is no slot"
                                : "neither its folder nor its file name says which slot it fills",
      .layout_remedy = (nearest.empty() ? "" : nearest + " ") +
                       "A plugin lies at DIR/<slot>/<name>.so or DIR/<slot>.<name>.so; slots: " +
                       join(kinds()) + "."};
}

class Collection {
 public:
  void add(PluginFile plugin) {
    if (!plugin.layout_problem.empty()) {
      misplaced_.push_back(std::move(plugin));
      return;
    }
    const auto kind = std::ranges::find(kinds(), plugin.slot) - kinds().begin();
    found_.try_emplace({kind, plugin.name}, std::move(plugin));
  }
  std::vector<PluginFile> take() {
    std::vector<PluginFile> all;
    for (auto& [key, plugin] : found_) all.push_back(std::move(plugin));
    for (auto& plugin : misplaced_) all.push_back(std::move(plugin));
    return all;
  }

 private:
  std::map<std::pair<std::ptrdiff_t, std::string>, PluginFile> found_;
  std::vector<PluginFile> misplaced_;
};

void collect(const fs::path& folder, Collection& collection) {
  for (const auto& path : entries(folder)) {
    const auto name = path.filename().string();
    if (path.extension() == ".so") {
      const auto stem = path.stem().string();
      const auto dot = stem.find('.');
      const bool is_flat = dot != std::string::npos && is_kind(stem.substr(0, dot));
      if (is_flat)
        collection.add({.slot = stem.substr(0, dot), .name = stem.substr(dot + 1), .file = path});
      else
        collection.add(misplaced(path, folder.filename().string()));
    } else {
      for (const auto& file : entries(path)) {
        if (file.extension() != ".so") continue;
        if (is_kind(name))
          collection.add({.slot = name, .name = file.stem().string(), .file = file});
        else
          collection.add(misplaced(file, name));
      }
    }
  }
}

}  // namespace

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> all = {"embedding", "encoder", "prompt",  "fusion",
                                               "head",      "task",    "dataset", "balancer"};
  return all;
}

std::string PluginFile::title() const {
  return slot.empty() ? "plugin '" + name + "'" : slot + " '" + name + "'";
}

std::vector<fs::path> SearchPath::folders() const {
  std::vector<fs::path> all;
  for (const auto* part : {&given, &environment, &manifest, &standard}) {
    for (const auto& folder : *part) {
      const auto path = fs::absolute(folder).lexically_normal();
      if (std::ranges::count(all, path) == 0) all.push_back(path);
    }
  }
  return all;
}

SearchPath default_search_path(std::vector<fs::path> given) {
  for (const auto& folder : given) {
    std::error_code failure;
    if (fs::is_directory(folder, failure)) continue;
    throw Error(Problem{.code = "host.001",
                        .message = folder.string() + ": not a folder that can be read",
                        .expected = "--plugin-dir names a folder with <slot>/<name>.so files",
                        .suggestion = "Correct the path, or create the folder."});
  }
  SearchPath path{.given = std::move(given), .environment = {}, .manifest = {}, .standard = {}};
  path.environment = split_path(core::environment_variable("TRIPTYCH_PLUGIN_PATH").value_or(""));
  path.standard = {core::executable_dir() / ".." / "plugins",
                   core::executable_dir() / ".." / "lib" / "triptych" / "plugins",
                   core::data_dir() / "plugins"};
  return path;
}

std::vector<PluginFile> find_plugins(const std::vector<fs::path>& folders) {
  Collection collection;
  for (const auto& folder : folders) collect(folder, collection);
  return collection.take();
}

PluginFile plugin_file(const fs::path& file) {
  const auto path = fs::absolute(file).lexically_normal();
  const auto stem = path.stem().string();
  const auto dot = stem.find('.');
  if (dot != std::string::npos && is_kind(stem.substr(0, dot))) {
    return {.slot = stem.substr(0, dot), .name = stem.substr(dot + 1), .file = path};
  }
  const auto folder = path.parent_path().filename().string();
  if (is_kind(folder)) return {.slot = folder, .name = stem, .file = path};
  return misplaced(path, folder);
}

}  // namespace triptych::host
