#pragma once

#include <string>
#include <vector>

#include "triptych/spec.h"

namespace triptych::manifest {

/// The eight kinds of plugin, in the order in which they are listed everywhere.
[[nodiscard]] const std::vector<std::string>& kinds();

/// A plugin as the manifest part sees it: what it says of itself, and its identity.
struct PluginSpec {
  Spec spec;
  std::string source_hash;  ///< hex; "" when it was built without one
  std::string sha256;       ///< hex, of the shared library
  std::string file;         ///< path
  /// What stands for the plugin in a point_id: the source hash, or the binary's where there is
  /// none.
  [[nodiscard]] const std::string& identity() const {
    return source_hash.empty() ? sha256 : source_hash;
  }
};

/// Where specs come from: the plugin host, or a fixed table in tests.
class SpecSource {
 public:
  virtual ~SpecSource();
  /// Null when no such plugin exists; throws Error when it exists and cannot be used. The pointer
  /// stays valid as long as the source.
  [[nodiscard]] virtual const PluginSpec* find(const std::string& kind,
                                               const std::string& name) const = 0;
  /// Names of the plugins of a kind, sorted; some may turn out to be unusable.
  [[nodiscard]] virtual std::vector<std::string> names(const std::string& kind) const = 0;
};

}  // namespace triptych::manifest
