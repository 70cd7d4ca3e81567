#include "triptych/compose/spec_source.h"

namespace triptych::compose {

HostSpecs::HostSpecs(const host::PluginHost& host) : host_(host) {}

HostSpecs::~HostSpecs() = default;

const manifest::PluginSpec* HostSpecs::find(const std::string& kind,
                                            const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto key = std::make_pair(kind, name);
  if (const auto known = known_.find(key); known != known_.end()) return &known->second;
  if (!host_.has(kind, name)) return nullptr;
  const auto& info = host_.info(kind, name);
  manifest::PluginSpec plugin{.spec = host_.spec(kind, name),
                              .source_hash = info.source_hash,
                              .sha256 = info.sha256,
                              .file = info.file};
  return &known_.emplace(key, std::move(plugin)).first->second;
}

std::vector<std::string> HostSpecs::names(const std::string& kind) const {
  return host_.names(kind);
}

}  // namespace triptych::compose
