#pragma once

#include <string>
#include <vector>

#include "plugins.h"
#include "triptych/compose/model.h"
#include "triptych/core/events.h"
#include "triptych/store/store.h"

namespace triptych::cli {

/// Measures one probe of a trained model. One that this version does not have is reported as not
/// measured, so that nobody takes its absence for a zero (a stored point may name one; a new plan
/// cannot, check_models looks).
void run_probe(const std::string& probe, compose::Model& model, core::RunEvents& events);

/// Probes are no part of a point's identity, so a plan may ask for more than its done runs have:
/// measures those on the stored weights and adds them to the runs. Only where the run was done on
/// the same device and processor; what cannot be measured is a warning, usage.021. Errors of the
/// store pass through. `device` as RunPlan::device.
void add_missing_probes(store::Store& store, const Plugins& plugins, const store::Plan& plan,
                        const std::vector<std::string>& chosen, const std::string& device);

}  // namespace triptych::cli
