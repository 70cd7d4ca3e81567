// triptych plugins check FILE|DIR [--json]
#include <iostream>

#include "arguments.h"
#include "output.h"
#include "plugins.h"
#include "triptych/compose/surroundings.h"
#include "triptych/host/check.h"
#include "verbs.h"

namespace triptych::cli {

int plugins_verb(std::vector<std::string> words) {
  CommandLine line("plugins",
                   "Checks plugin files: can they be used, and do they keep the contract?");
  CommonOptions options;
  std::string action;
  std::string path;
  std::int64_t limit_s = 120;
  bool is_child = false;
  line.text("action", action, "check", {.is_required = true});
  line.text("path", path, "a .so file, or a folder of plugins", {.value_name = "FILE|DIR"});
  line.integer("--limit", limit_s, "seconds after which a step of a check counts as hung", 1,
               86400);
  line.flag("--contract-child", is_child, "", {.is_hidden = true});
  options.add_plugin_dirs(line);
  options.add_json(line, "the checks");
  line.example("triptych plugins check build/plugins");
  if (const auto done = line.parse(std::move(words))) return *done;
  if (action != "check" || path.empty()) {
    throw Error(Problem{
        .code = "usage.015",
        .message = "triptych plugins: found '" + action + (path.empty() ? "'" : " " + path + "'"),
        .expected = "triptych plugins check FILE|DIR"});
  }
  host::CheckSettings settings;
  settings.surroundings =
      host::default_search_path({options.plugin_dirs.begin(), options.plugin_dirs.end()});
  if (is_child) {
    host::report_contract(path, settings.surroundings, compose::check_plugin);
    return kDone;
  }
  warn_of_missing_folders(settings.surroundings);
  settings.contract_command = {"/proc/self/exe", "plugins", "check", "--contract-child"};
  for (const auto& folder : options.plugin_dirs) {
    settings.contract_command.insert(settings.contract_command.end(), {"--plugin-dir", folder});
  }
  settings.contract_limit = std::chrono::seconds(limit_s);
  const auto checks = host::check_plugins(path, settings);
  std::cout << (options.wants_json ? host::check_json(checks) : host::check_text(checks));
  for (const auto& check : checks) {
    if (!check.problems.empty() || check.info.status != "ok") return kBadInput;
  }
  return kDone;
}

}  // namespace triptych::cli
