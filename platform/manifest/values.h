#pragma once

#include <optional>
#include <string>

#include "triptych/manifest/node.h"
#include "triptych/params.h"
#include "triptych/spec.h"

namespace triptych::manifest {

/// The node as a value of `type`; nothing when it is none. An integer is accepted where a number is
/// declared, never the reverse. Null gives nothing.
[[nodiscard]] std::optional<ParamValue> to_value(const Node& node, ParamType type);

/// The value that the JSON itself suggests (an integer is an integer); nothing for objects and for
/// lists of mixed kinds. For files that are read before the spec is known.
[[nodiscard]] std::optional<ParamValue> natural_value(const Node& node);

/// `value` where a value of `type` is declared, or nothing: integers become numbers.
[[nodiscard]] std::optional<ParamValue> coerce(const ParamValue& value, ParamType type);

[[nodiscard]] Node to_node(const ParamValue& value);

/// Checks one value against its declaration. Returns the problem (manifest.100 wrong type, .101 out
/// of range, .108 a number where an integer is declared), or stores the value.
[[nodiscard]] std::optional<Problem> read_value(const Node& node, const std::string& pointer,
                                                const ParamSpec& spec, ParamValue& out);

/// "an integer, at least 1".
[[nodiscard]] std::string expectation(const ParamSpec& spec);

}  // namespace triptych::manifest
