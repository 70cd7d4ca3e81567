#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "triptych/error.h"
#include "triptych/host/plugin_host.h"

namespace triptych::host {

/// What `plugins check` found out about one file.
struct PluginCheck {
  PluginInfo info;
  std::vector<Problem> problems;  ///< all of them; empty = fit for use
};

struct CheckSettings {
  /// Where the contract suite finds the other parts of a composition; not checked themselves. A
  /// checked file wins over one of the same slot and name there.
  SearchPath surroundings;
  std::filesystem::path probe_program;           ///< as in HostOptions
  std::chrono::milliseconds load_limit{10'000};  ///< as in HostOptions
  /// Further rules for a plugin that loads and whose spec is complete: the contract suite, which
  /// builds it. May be empty. What it throws becomes a problem of that plugin.
  std::function<std::vector<Problem>(const PluginHost&, const PluginInfo&)> contract;
  /// Instead of `contract`: program and first words of a process that checks one plugin; the
  /// plugin's file follows as the last word. It calls `report_contract`. A plugin that takes it
  /// along (abort, fault, exit) or hangs is one problem, host.034 or host.035, and the next one is
  /// checked.
  std::vector<std::string> contract_command;
  std::chrono::milliseconds contract_limit{120'000};  ///< for one step of that process
};

/// Told what begins: "building it with 3 tasks".
using ContractListener = std::function<void(const std::string& stage)>;

/// The other side of CheckSettings::contract_command: opens the plugin with its surroundings, calls
/// `contract` and writes stages and problems on descriptor 3. Ends with the process that started
/// it.
void report_contract(const std::filesystem::path& file, const SearchPath& surroundings,
                     const std::function<std::vector<Problem>(const PluginHost&, const PluginInfo&,
                                                              const ContractListener&)>& contract);

/// Checks one plugin file, or every plugin of a folder (a plugin folder or the folder of one slot).
/// Each is opened in a child process first. Throws Error host.002 when `path` is neither, or holds
/// no plugin.
[[nodiscard]] std::vector<PluginCheck> check_plugins(const std::filesystem::path& path,
                                                     const CheckSettings& settings);

/// What a spec leaves out: summary, meaning of each parameter, source; names that a manifest cannot
/// use; a parameter declared twice; a default outside its own range. Codes host.050 to host.056.
[[nodiscard]] std::vector<Problem> spec_problems(const PluginInfo& plugin, const Spec& spec);

/// A table for people: one line per plugin, its reason below a broken one.
[[nodiscard]] std::string list_text(const std::vector<PluginInfo>& plugins);
/// [{"slot","name","file","sha256","source_hash","status","reason","compiler"}], pretty JSON;
/// reason is null for a plugin that is ok, source_hash and compiler where unknown.
[[nodiscard]] std::string list_json(const std::vector<PluginInfo>& plugins);
/// The problems of each plugin, and one line that counts.
[[nodiscard]] std::string check_text(const std::vector<PluginCheck>& checks);
/// {"ok", "plugins": [the members of list_json and "errors": [{"file","line","column","pointer",
/// "code","message","expected","suggestion"}]]}, pretty JSON.
[[nodiscard]] std::string check_json(const std::vector<PluginCheck>& checks);

}  // namespace triptych::host
