#pragma once

#include <string>
#include <vector>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

enum class OverrideVerb {
  kSet,     ///< a.b=1    any key that the schema knows, written or not
  kAdd,     ///< +a.b=1   must not be written yet
  kForce,   ///< ++a.b=1  written or not
  kRemove,  ///< ~a.b     must be written; ~a.b=1 only where it is 1
};

/// One parsed argument of the command line.
struct Override {
  OverrideVerb verb = OverrideVerb::kSet;
  std::vector<std::string> path;  ///< {"slots", "fusion", "0", "use"}
  std::string key;                ///< "slots.fusion.0.use"
  Position at;                    ///< of the key
  Node value;
  bool has_value = false;  ///< always true but for kRemove
};

/// Parses one argument in Hydra's grammar; `index` is its 1-based place on the command line.
/// Throws Error: manifest.030 no key or no '=', .031 a faulty value, .035 a comma outside brackets.
[[nodiscard]] Override parse_override(const std::string& argument, int index);

/// All arguments, all faults at once.
[[nodiscard]] std::vector<Override> parse_overrides(const std::vector<std::string>& arguments,
                                                    std::vector<Problem>& problems);

/// Applies one override to a tree. A list or an object replaces the old value whole. Throws Error:
/// manifest.032 `+` of a key that is there, .033 `~` of a key that is not, .034 a path through
/// something that is neither object nor list, or past the end of a list.
void apply(const Override& override_, Node& tree);

/// Applies all to the manifest: the tree itself, and the axes of its `matrix` (an override of a key
/// that an axis varies replaces that axis by the one value). Faults go to `problems`.
void apply_overrides(const std::vector<Override>& overrides, Node& tree,
                     std::vector<Problem>& problems);

}  // namespace triptych::manifest
