#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "triptych/dims.h"
#include "triptych/embedding.h"
#include "triptych/encoder.h"
#include "triptych/error.h"
#include "triptych/fusion.h"
#include "triptych/head.h"
#include "triptych/manifest/manifest.h"
#include "triptych/prompt.h"
#include "triptych/task.h"

namespace triptych::host {
class PluginHost;
}

namespace triptych::compose {

/// One part of a model as it will be built: its name ("encoder", "prompt.0.depth", "head.depth"),
/// the plugin with its checked params, and the Dims that its constructor gets.
struct PartPlan {
  std::string name;
  std::string seed_key;  ///< what its seed is derived from: `name`, but for parts of a chain
                         ///< "<slot>.<use>[#k][.<task>]", k = 2, 3 ... for repetitions in the chain
  std::string slot;      ///< "encoder"
  std::string use;       ///< plugin name
  std::string pointer;   ///< into the manifest, for messages: "/slots/encoder"
  bool is_fixed_size = false;  ///< its parameters depend on the image size
  Params params;
  Dims dims;

  /// "encoder 'swin'": how messages name it.
  [[nodiscard]] std::string title() const { return slot + " '" + use + "'"; }
};

/// A part with the functions of its plugin. Plugins are never unloaded, so these stay valid.
template <class Factory>
struct Part : PartPlan {
  Factory factory{};
};

/// One encoder with what stands before it: the only stream of a shared encoder, or one task's.
struct StreamPlan {
  std::string task;  ///< "" when all tasks share it
  Part<EmbeddingFactory> embedding;
  Part<EncoderFactory> encoder;
  std::vector<Part<PromptFactory>> prompts;
  std::vector<Segment> segments;  ///< of the prompt axis, one per prompt part
  std::vector<StageDims> stages;  ///< of the encoder
  std::vector<LevelDims> levels;  ///< of the encoder's pyramid
};

struct FusionPlan : Part<FusionFactory> {
  Topology topology = Topology::kAny;
  FusionPorts ports;
};

/// A task with its target's name and number of outputs. `factory` is empty for tasks that exist
/// only as a shape (checks of single plugins).
struct TaskPlan : Part<TaskFactory> {
  std::string task;  ///< name in the manifest
  TaskInfo info;
};

/// What stands for one task where there is no manifest.
struct TaskRequest {
  std::string name;
  manifest::ModuleChoice task;  ///< `use` empty: no task module, only `outputs`
  std::int64_t outputs = 1;     ///< where there is no task module
  manifest::ModuleChoice head;
};

/// What to compose: the part of a manifest that fixes the shape of a model.
struct Request {
  ImageSize image;
  std::vector<TaskRequest> tasks;
  manifest::Slots slots;
};

[[nodiscard]] Request request_of(const manifest::Manifest& manifest);

/// The wiring of a model, checked without a tensor: which plugins, how many copies, and the Dims
/// that each part is built with. Building is mechanical from here.
struct Contract {
  Request request;
  bool has_task_encoders = false;    ///< one embedding, encoder and prompt chain per task
  std::vector<StreamPlan> streams;   ///< 1, or T in task order
  bool decodes_maps = false;         ///< a fusion decodes maps that prompts keep
  bool reads_final_prompts = false;  ///< something reads the prompts that leave the last block
  std::vector<std::string> taps;     ///< taps that fusions read
  std::vector<FusionPlan> fusions;
  std::vector<Part<HeadFactory>> heads;  ///< T
  std::vector<TaskPlan> tasks;           ///< T

  [[nodiscard]] ImageSize image() const { return request.image; }
  [[nodiscard]] std::vector<std::string> task_names() const;
  /// Names of the parts whose parameters depend on the image size; none: weights fit every size.
  [[nodiscard]] std::vector<std::string> fixed_size_parts() const;
};

/// Resolves ports and topology over the whole model, in milliseconds, without building anything
/// (the first of the three gates). Throws Error contract.2NN (platform/docs/errors.d/contract.md)
/// with a pointer into the manifest, what was found, what was expected and the remedy; also what a
/// plugin's own `ports` throws, with the pointer added.
[[nodiscard]] Contract check_contract(const Request& request, const host::PluginHost& host);
[[nodiscard]] Contract check_contract(const manifest::Manifest& manifest,
                                      const host::PluginHost& host);

}  // namespace triptych::compose
