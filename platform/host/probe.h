#pragma once

#include <span>
#include <string>
#include <vector>

#include "library.h"
#include "triptych/host/plugin_host.h"

namespace triptych::host {

/// Opens each file in a child process (triptych-plugin-probe), one child for all as long as none
/// takes it along. Same order as `files`. Throws Error host.033 when the child itself cannot run.
[[nodiscard]] std::vector<Inspection> probe(std::span<const PluginFile> files,
                                            const HostOptions& options);

/// "; it printed: ...": the last lines that a dying process printed, which usually say why; "" when
/// it printed nothing.
[[nodiscard]] std::string last_words(const std::string& printed);

/// Probes one file unless one of the same content passed before on this machine; throws what is
/// wrong with it.
void probe_unknown(const PluginFile& plugin, const std::string& sha256, const HostOptions& options);

}  // namespace triptych::host
