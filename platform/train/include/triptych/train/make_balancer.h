#pragma once

#include <memory>

#include <triptych/balancer.h>
#include <triptych/compose/contract.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/manifest.h>

namespace triptych::train {

/// Builds the balancer of the recipe for the tasks of a model, on the CPU. Throws Error train.042
/// for what the plugin throws; an Error of the plugin keeps its code.
[[nodiscard]] std::shared_ptr<Balancer> make_balancer(const manifest::Manifest& manifest,
                                                      const compose::Contract& contract,
                                                      const host::PluginHost& host);

/// Throws Error train.012 for a balancer that needs the tasks' single gradients.
void check_needs(const Balancer& balancer, const manifest::Manifest& manifest);

}  // namespace triptych::train
