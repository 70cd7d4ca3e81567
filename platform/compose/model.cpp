#include "triptych/compose/model.h"

#include <utility>

#include "guard.h"
#include "observe.h"
#include "shape_check.h"
#include "triptych/core/hash.h"

namespace triptych::compose {

namespace {

// Tells the watcher when a part starts and ends, also when it throws.
class Watched {
 public:
  Watched(const Model& model, const std::string& part) : watcher_(model.watcher), part_(part) {
    if (watcher_) watcher_(part_, true);
  }
  ~Watched() {
    if (watcher_) watcher_(part_, false);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  const std::function<void(std::string_view, bool)>& watcher_;
  const std::string& part_;
};

}  // namespace

template <class Call>
auto Model::run(const PartPlan& plan, Call&& call) {
  const Watched watched(*this, plan.name);
  return guarded(plan, "contract.241", "it failed", std::forward<Call>(call));
}

Outputs Model::forward(const Images& images, Context& context) {
  const auto& size = contract_.request.image;
  if (images.rgb.dim() != 4 || images.rgb.size(2) != size.height ||
      images.rgb.size(3) != size.width) {
    throw Error("contract.240", "model",
                "images of shape " + c10::str(images.rgb.sizes()) +
                    ", but it was composed for [B, 3, " + std::to_string(size.height) + ", " +
                    std::to_string(size.width) + "]",
                "Resize the images, or use a protocol of that size.");
  }
  FusionStates fusion_states;
  for (std::size_t i = 0; i < fusions_.size(); ++i) {
    fusion_states.push_back(run(contract_.fusions[i], [&] { return fusions_[i]->begin(context); }));
  }
  auto states = encode(images, fusion_states, context);
  auto streams = finish(states, context);
  const auto features = fuse(images, streams, fusion_states, context);

  Outputs outputs;
  for (std::size_t t = 0; t < heads_.size(); ++t) {
    const auto& plan = contract_.heads[t];
    auto prediction = run(plan, [&] { return heads_[t]->forward(features[t], context); });
    if (checks_ports_) {
      check_prediction_shape(plan, plan.dims.tasks[t].outputs, prediction, images.rgb.size(0));
    }
    observe_prediction(task_names_[t], prediction, context);
    outputs.predictions.push_back(std::move(prediction));
  }
  checks_ports_ = false;
  return outputs;
}

std::vector<State> Model::encode(const Images& images, FusionStates& fusion_states,
                                 Context& context) {
  const auto batch = images.rgb.size(0);
  std::vector<State> states;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const auto& plan = contract_.streams[i];
    auto& stream = streams_[i];
    const auto grid =
        run(plan.embedding, [&] { return stream.embedding->forward(images, context); });
    if (checks_ports_) check_grid_shape(plan.embedding, plan.encoder.dims.grid, grid, batch);
    states.push_back(
        run(plan.encoder, [&] { return stream.encoder->begin(grid, stream.chain, context); }));
    states.back().wanted_taps.insert(contract_.taps.begin(), contract_.taps.end());
  }

  const auto stages = contract_.streams.front().stages.size();
  for (std::size_t s = 0; s < stages; ++s) {
    const auto stage = static_cast<std::int64_t>(s);
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      run(contract_.streams[i].encoder, [&] { streams_[i].encoder->blocks(stage, states[i]); });
      if (checks_ports_) check_stage_shape(contract_.streams[i], s, states[i], batch);
    }
    for (std::size_t f = 0; f < fusions_.size(); ++f) {
      run(contract_.fusions[f],
          [&] { fusions_[f]->after_stage(stage, states, fusion_states[f].get()); });
    }
    if (s + 1 == stages) break;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      run(contract_.streams[i].encoder, [&] { streams_[i].encoder->merge(stage, states[i]); });
    }
  }
  return states;
}

std::vector<Stream> Model::finish(std::vector<State>& states, const Context& context) {
  std::vector<Stream> finished;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const auto& plan = contract_.streams[i];
    const auto batch = states[i].patches.size(0);
    streams_[i].chain.finish(states[i]);
    auto pyramid = run(plan.encoder, [&] { return streams_[i].encoder->finish(states[i]); });
    if (checks_ports_) {
      check_pyramid_shape(plan.encoder, plan.levels, pyramid, batch);
    }
    finished.push_back({.pyramid = std::move(pyramid), .trace = std::move(states[i].trace)});
    observe_stream(streams_[i].prefix, finished.back(), context);
  }
  return finished;
}

TaskFeatures Model::fuse(const Images& images, std::vector<Stream>& streams,
                         FusionStates& fusion_states, Context& context) {
  TaskFeatures features;  // tensors are shared, not copied
  for (std::size_t t = 0; t < task_names_.size(); ++t) {
    features.push_back(streams[streams.size() == 1 ? 0 : t].pyramid);
  }
  for (std::size_t f = 0; f < fusions_.size(); ++f) {
    const auto& plan = contract_.fusions[f];
    const FusionIn in{.images = images,
                      .streams = streams,
                      .features = std::move(features),
                      .state = fusion_states[f].get()};
    features = run(plan, [&] { return fusions_[f]->forward(in, context); });
    if (checks_ports_) check_features_shape(plan, features, images.rgb.size(0));
  }
  if (!fusions_.empty()) observe_features(task_names_, features, context);
  return features;
}

torch::OrderedDict<std::string, at::Tensor> Model::parameters_of(const std::string& part) const {
  torch::OrderedDict<std::string, at::Tensor> own;
  for (const auto& named : parts_) {
    if (named.name != part) continue;
    for (const auto& parameter : named.module->named_parameters()) {
      own.insert(part + "." + parameter.key(), parameter.value());
    }
  }
  return own;
}

std::string Model::part_of(const std::string& full_name) const {
  for (const auto& named : parts_) {
    if (full_name.starts_with(named.name + ".")) return named.name;
  }
  return "";
}

}  // namespace triptych::compose
