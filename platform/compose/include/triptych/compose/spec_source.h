#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "triptych/host/plugin_host.h"
#include "triptych/manifest/specs.h"

namespace triptych::compose {

/// The plugins of a host as the manifest part sees them. Borrows the host. May be used from several
/// threads at once.
class HostSpecs final : public manifest::SpecSource {
 public:
  explicit HostSpecs(const host::PluginHost& host);
  ~HostSpecs() override;

  [[nodiscard]] const manifest::PluginSpec* find(const std::string& kind,
                                                 const std::string& name) const override;
  /// Names of the files of a kind; nothing is opened, so a broken plugin is among them.
  [[nodiscard]] std::vector<std::string> names(const std::string& kind) const override;

 private:
  const host::PluginHost& host_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, std::string>, manifest::PluginSpec> known_;
};

}  // namespace triptych::compose
