#include "triptych/host/check.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "contract_child.h"
#include "triptych/host/border.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

std::vector<PluginFile> files_at(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_directory(path, failure)) {
    if (fs::exists(fs::symlink_status(path, failure))) return {plugin_file(path)};
    throw Error("host.002", path.string(), "no such file or folder",
                "Give a plugin file or a folder of them.");
  }
  const auto folder = fs::absolute(path / "").lexically_normal().parent_path();
  const bool is_slot_folder = std::ranges::count(kinds(), folder.filename().string()) > 0;
  auto files = is_slot_folder ? find_plugins({folder.parent_path()}) : find_plugins({folder});
  if (is_slot_folder) {
    std::erase_if(files, [&](const PluginFile& file) { return file.file.parent_path() != folder; });
  }
  if (!files.empty()) return files;
  throw Error("host.002", path.string(), "holds no plugin",
              "A plugin lies at DIR/<slot>/<name>.so or DIR/<slot>.<name>.so; slots: " +
                  join(kinds()) + ".");
}

// Rules for a plugin that opens in a child process: its spec, then what the contract suite says.
std::vector<Problem> opened_problems(const PluginHost& host, const PluginInfo& plugin,
                                     const CheckSettings& settings) {
  try {
    auto problems = spec_problems(plugin, host.spec(plugin.slot, plugin.name));
    if (!problems.empty()) return problems;
    if (!settings.contract_command.empty()) return contract_problems(plugin, settings);
    if (!settings.contract) return problems;
    return at_border(doing("checking", plugin), [&] { return settings.contract(host, plugin); });
  } catch (const Error& error) {
    return error.problems();
  }
}

}  // namespace

std::vector<PluginFile> with_surroundings(std::vector<PluginFile> files, const SearchPath& path) {
  for (auto& found : find_plugins(path.folders())) {
    const bool is_checked = std::ranges::any_of(files, [&found](const PluginFile& file) {
      return file.slot == found.slot && file.name == found.name;
    });
    if (!is_checked) files.push_back(std::move(found));
  }
  return files;
}

std::vector<PluginCheck> check_plugins(const fs::path& path, const CheckSettings& settings) {
  const HostOptions options{.path = settings.surroundings,
                            .probes_first = false,  // inspect() opens each in a child process
                            .probe_program = settings.probe_program,
                            .load_limit = settings.load_limit};
  const auto files = files_at(path);
  const PluginHost checked(options, files);
  auto surroundings_options = options;
  surroundings_options.probes_first = true;
  const PluginHost host(surroundings_options, with_surroundings(files, settings.surroundings));
  std::vector<PluginCheck> checks;
  for (auto& [info, problem] : checked.inspect()) {
    PluginCheck check{.info = std::move(info), .problems = {}};
    if (problem) {
      check.problems.push_back(*std::move(problem));
    } else {
      check.problems = opened_problems(host, check.info, settings);
    }
    if (!check.problems.empty()) {
      check.info.status = "broken";
      check.info.reason = check.problems.front().text();
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace triptych::host
