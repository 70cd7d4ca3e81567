#pragma once

#include <string>
#include <vector>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

/// JSON with comments (// and /* */) to a tree with positions. Throws Error: manifest.003 empty,
/// .004 syntax, .005 not UTF-8, .006 deeper than kMaxDepth, .007 a key twice (both places are
/// named), .008 a number beyond the range of double. `name` stands in messages.
[[nodiscard]] Node parse_json(const std::string& text, const std::string& name);

/// Reads one file, without `include`. Adds manifest.001 cannot be read, .002 is no regular file (a
/// folder, pipe, socket or device; it is not opened), .009 holds more than kMaxFileBytes (no more
/// are read).
[[nodiscard]] Node read_json_file(const std::string& path);

/// A manifest file with its `include` list resolved: RFC 7396 merge patches in order, then the file
/// itself; every value keeps the position of the file that wrote it. Includes are relative to the
/// file that names them. Adds manifest.010 not an object, .020 a faulty list, .021 a cycle (the
/// chain is named), .022 an included file that cannot be read.
[[nodiscard]] Node read_manifest(const std::string& path);

/// RFC 7396: `patch` onto `target`; null removes.
[[nodiscard]] Node merge_patch(Node target, const Node& patch);

inline constexpr int kMaxDepth = 64;                     // manifests need about 8
inline constexpr std::size_t kMaxFileBytes = 16u << 20;  // a manifest of 16 MiB is a wrong file

}  // namespace triptych::manifest
