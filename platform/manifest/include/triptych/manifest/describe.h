#pragma once

#include <string>

#include "triptych/manifest/specs.h"

namespace triptych::manifest {

/// What a plugin says of itself, for people: summary, params (type, default, range, meaning),
/// ports, source, identity, and a piece of manifest to copy.
[[nodiscard]] std::string describe_text(const std::string& kind, const PluginSpec& plugin);

/// The same as one JSON document: {"slot","name","summary","source","params":[{"name","type",
/// "default","required","range","meaning"}],"inputs","outputs","fixed_size","file","sha256",
/// "source_hash","manifest"}.
[[nodiscard]] std::string describe_json(const std::string& kind, const PluginSpec& plugin);

/// The piece of manifest that names the plugin with all its defaults, pretty JSON.
[[nodiscard]] std::string manifest_snippet(const std::string& kind, const PluginSpec& plugin);

}  // namespace triptych::manifest
