#pragma once

#include <memory>

#include <triptych/balancer.h>
#include <triptych/compose/contract.h>

namespace triptych::train {

/// Builds the balancer of the recipe for the tasks of a model, on the CPU. Throws Error train.012
/// for a balancer that needs the tasks' single gradients, train.042 for what the plugin throws; an
/// Error of the plugin keeps its code.
[[nodiscard]] std::shared_ptr<Balancer> make_balancer(const manifest::Manifest& manifest,
                                                      const compose::Contract& contract,
                                                      const host::PluginHost& host);

}  // namespace triptych::train
