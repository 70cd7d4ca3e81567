#pragma once

#include <string>
#include <vector>

#include "triptych/stamp.h"

namespace triptych::host {

/// The stamp that a plugin for `slot` would get if it were built with this program.
[[nodiscard]] Stamp own_stamp(const std::string& slot);

/// True when the file's stamp can be read at all: it is ours, and laid out as we know it.
[[nodiscard]] bool is_readable(const Stamp& stamp);

/// Everything in which the plugin's stamp differs from this program's, as phrases such as
/// "torch 2.11.0 (this program: 2.13.0)". Empty = it may be loaded. The slot itself is not compared
/// here; `slot` says with which slot's headers to compare.
[[nodiscard]] std::vector<std::string> differences(const Stamp& plugin, const std::string& slot);

}  // namespace triptych::host
