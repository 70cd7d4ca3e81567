#pragma once

#include <string>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

/// Parses the value of an override in Hydra's grammar: words and numbers without quotes, 'quoted'
/// and "quoted" texts, [lists], {objects: with, keys: unquoted}. `start` is the byte in `argument`
/// where the value begins; an empty value is the empty text. Throws Error manifest.031 or .035.
[[nodiscard]] Node parse_override_value(const std::string& argument, std::size_t start,
                                        const Position& argument_at, const std::string& pointer);

/// `at`, with the column of a byte of the argument.
[[nodiscard]] Position inside_argument(const std::string& argument, std::size_t byte, Position at);

}  // namespace triptych::manifest
