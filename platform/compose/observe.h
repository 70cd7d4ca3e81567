#pragma once

#include <string>
#include <vector>

#include "triptych/fusion.h"
#include "triptych/values.h"

namespace triptych::compose {

/// Offer inner tensors to context.observe under their public names; nothing happens when nobody
/// listens. `prefix`: "" or "<task>/".
void observe_stream(const std::string& prefix, const Stream& stream, const Context& context);
void observe_features(const std::vector<std::string>& tasks, const TaskFeatures& features,
                      const Context& context);
void observe_prediction(const std::string& task, const Prediction& prediction,
                        const Context& context);

}  // namespace triptych::compose
