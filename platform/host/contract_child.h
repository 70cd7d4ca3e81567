#pragma once

#include <vector>

#include "triptych/host/check.h"

namespace triptych::host {

/// The files, and what the search path has beside them: a file wins over one of the same slot and
/// name there.
[[nodiscard]] std::vector<PluginFile> with_surroundings(std::vector<PluginFile> files,
                                                        const SearchPath& path);

/// What the process of settings.contract_command says of the plugin, or how it ended. Throws Error
/// host.033 when it cannot be started.
[[nodiscard]] std::vector<Problem> contract_problems(const PluginInfo& plugin,
                                                     const CheckSettings& settings);

}  // namespace triptych::host
