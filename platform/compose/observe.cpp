#include "observe.h"

namespace triptych::compose {

namespace {

void offer(const Context& context, const std::string& name, const at::Tensor& tensor) {
  if (tensor.defined()) context.observe(name, tensor);
}

}  // namespace

void observe_stream(const std::string& prefix, const Stream& stream, const Context& context) {
  if (!context.listener) return;
  for (std::size_t l = 0; l < stream.pyramid.size(); ++l) {
    offer(context, "encoder/" + prefix + "level" + std::to_string(l), stream.pyramid[l].map);
  }
  for (std::size_t s = 0; s < stream.trace.stages.size(); ++s) {
    const auto& kept = stream.trace.stages[s];
    const auto stage = "/" + prefix + "stage" + std::to_string(s);
    offer(context, "prompts" + stage, kept.prompts);
    offer(context, "maps/spatial" + stage, kept.spatial);
    offer(context, "maps/channel" + stage, kept.channel);
    for (const auto& [name, map] : kept.other) offer(context, "maps/" + name + stage, map);
  }
}

void observe_features(const std::vector<std::string>& tasks, const TaskFeatures& features,
                      const Context& context) {
  if (!context.listener) return;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    const auto name = "fusion/" + tasks[t];
    offer(context, name, features[t].front().map);
    for (std::size_t l = 0; l < features[t].size(); ++l) {
      offer(context, name + "/level" + std::to_string(l), features[t][l].map);
    }
  }
}

void observe_prediction(const std::string& task, const Prediction& prediction,
                        const Context& context) {
  if (!context.listener) return;
  offer(context, task, prediction.map);
  for (const auto& [branch, levels] : prediction.branches) {
    for (std::size_t l = 0; l < levels.size(); ++l) {
      offer(context, task + "/" + branch + "/" + std::to_string(l), levels[l]);
    }
  }
}

}  // namespace triptych::compose
