#pragma once

#include <string>

#include "triptych/host/plugin_host.h"

namespace triptych::compose {

/// The factory of type F of the plugin `name`; opens it. Throws Error as PluginHost does.
template <class F>
[[nodiscard]] const F& factory(const host::PluginHost& host, const std::string& name);

template <>
inline const EmbeddingFactory& factory(const host::PluginHost& host, const std::string& name) {
  return host.embedding(name);
}
template <>
inline const EncoderFactory& factory(const host::PluginHost& host, const std::string& name) {
  return host.encoder(name);
}
template <>
inline const PromptFactory& factory(const host::PluginHost& host, const std::string& name) {
  return host.prompt(name);
}
template <>
inline const FusionFactory& factory(const host::PluginHost& host, const std::string& name) {
  return host.fusion(name);
}
template <>
inline const HeadFactory& factory(const host::PluginHost& host, const std::string& name) {
  return host.head(name);
}
template <>
inline const TaskFactory& factory(const host::PluginHost& host, const std::string& name) {
  return host.task(name);
}

}  // namespace triptych::compose
