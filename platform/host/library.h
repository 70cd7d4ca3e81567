#pragma once

#include <optional>
#include <string>

#include "triptych/error.h"
#include "triptych/host/search_path.h"
#include "triptych/spec.h"
#include "triptych/stamp.h"

namespace triptych::host {

/// What could be learned of a plugin file.
struct Inspection {
  std::string source_hash;         ///< of its stamp; "" if unknown
  std::string compiler;            ///< of its stamp
  std::optional<Problem> problem;  ///< why it cannot be used
};

/// A library that is mapped for the rest of the process, whose stamp has passed.
struct OpenPlugin {
  const void* factory;  ///< the factory struct of the plugin's slot
  Spec spec;
};

/// Told when loading has finished and the plugin's own code is about to be asked for its spec.
using StageListener = void (*)(const char* stage);

/// What is wrong with the file before it is opened: not there, not a regular file, empty, no
/// shared library of this machine, cut off.
[[nodiscard]] std::optional<Problem> file_problem(const PluginFile& plugin);

/// Opens by absolute path, at once and locally, and never closes. Throws Error host.011, host.020
/// to host.030; `inspection` gets what the stamp says, also when it throws. Runs the library's
/// static initialisers: a bad one takes the process along (see probe.h).
[[nodiscard]] OpenPlugin open_plugin(const PluginFile& plugin, Inspection& inspection,
                                     StageListener listener = nullptr);

/// How to build the plugin again for this program, one sentence.
[[nodiscard]] std::string rebuild_hint(const PluginFile& plugin);

}  // namespace triptych::host
