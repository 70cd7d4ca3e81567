#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "triptych/compose/contract.h"
#include "triptych/host/plugin_host.h"

namespace triptych::compose {

/// What a plugin is to be tried in.
struct Around {
  std::string slot;  ///< embedding, encoder, prompt, fusion or head
  manifest::ModuleChoice module;
  std::int64_t tasks = 2;         ///< at least 1; without a task module, two outputs each
  bool is_decoded = false;        ///< only compositions with a fusion that decodes kept maps
  std::vector<ImageSize> images;  ///< tried in order; empty: growing squares from 16 to 256 pixels
};

/// The first composition that holds the module and passes the symbolic gate: the smallest image,
/// then the shortest chains; other slots are filled with the host's plugins by name, at their
/// defaults. So a single plugin can be built and run without knowing which others fit it. Nothing
/// when no composition does; then `why`, if given, is the last refusal.
[[nodiscard]] std::optional<Request> request_around(const Around& around,
                                                    const host::PluginHost& host,
                                                    std::string* why = nullptr);

/// The defaults of a plugin, then copies with each flag turned and each other choice of a text: all
/// share one record of consumed parameters. Empty when a required parameter has no default.
[[nodiscard]] std::vector<Params> param_variants(const std::string& slot, const Spec& spec);

/// The rules of the contract suite that need no reference: ports named in the spec; a composition
/// holds the plugin; with one task and with three, at two image sizes and in each variant it
/// builds, runs forward and backward and gives what its ports say; every parameter is consumed.
/// Codes contract.26N. Plugins with required parameters, data sets and balancers are only looked
/// at, not built. `on_stage` is told what begins, in words that follow "while".
[[nodiscard]] std::vector<Problem> check_plugin(
    const host::PluginHost& host, const host::PluginInfo& plugin,
    const std::function<void(const std::string& stage)>& on_stage = {});

}  // namespace triptych::compose
