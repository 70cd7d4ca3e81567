#pragma once

#include <map>
#include <string>

#include "triptych/manifest/specs.h"

namespace triptych::manifest {

/// A fixed table of small plugins, so that manifests are tested without any shared library.
class ToySpecs final : public SpecSource {
 public:
  ToySpecs();
  void add(const std::string& kind, Spec spec, const std::string& source_hash = "");
  void remove(const std::string& kind, const std::string& name);
  [[nodiscard]] const PluginSpec* find(const std::string& kind,
                                       const std::string& name) const override;
  [[nodiscard]] std::vector<std::string> names(const std::string& kind) const override;

 private:
  std::map<std::string, std::map<std::string, PluginSpec>> plugins_;
};

}  // namespace triptych::manifest
