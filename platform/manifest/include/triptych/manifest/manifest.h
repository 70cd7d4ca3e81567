#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "triptych/manifest/protocol.h"
#include "triptych/params.h"

namespace triptych::manifest {

/// A module that a manifest names, with checked and defaulted parameters.
struct ModuleChoice {
  std::string use;
  Params params;
};

/// One entry of `tasks`. Parameters that the protocol fixes are already in `task.params`.
struct TaskChoice {
  std::string name;  ///< key of `tasks`; also the name in metrics, checkpoints and outputs
  ModuleChoice task;
  ModuleChoice head;  ///< own head, else slots.head
};

struct Slots {
  ModuleChoice embedding;
  ModuleChoice encoder;
  std::vector<ModuleChoice> prompt;  ///< a chain, in order; empty = none
  std::vector<ModuleChoice> fusion;  ///< a chain, in order; empty = hard sharing
};

struct DataChoice {
  ModuleChoice dataset;
  std::string root;        ///< absolute folder, or "" when none is given
  bool has_plugin = true;  ///< false: no such dataset plugin; `dataset.params` is empty
};

struct Optimizer {
  std::string use = "adamw";   ///< adamw | adam | sgd
  double lr = 1e-3;            ///< highest learning rate
  double weight_decay = 0.01;  ///< adamw: decoupled; adam and sgd: added to the gradient
  std::array<double, 2> betas{0.9, 0.999};  ///< adam and adamw
  double eps = 1e-8;                        ///< adam and adamw
  double momentum = 0.9;                    ///< sgd
};

struct Schedule {
  std::string use = "poly";  ///< constant | poly | cosine
  std::int64_t warmup = 0;   ///< steps of linear rise; never more than recipe.steps
  double power = 0.9;        ///< poly: lr * (1 - t)^power
  double min_lr = 0;         ///< poly and cosine: never below
};

/// Parameters whose name matches `match` ('*' = any characters, '.' too). The first group that
/// matches counts.
struct Group {
  std::string match;
  double lr_scale = 1;
  std::optional<double> weight_decay;  ///< absent: the optimiser's
  bool is_frozen = false;
};

struct Balancer {
  ModuleChoice module;
  /// A factor for every task of the manifest (1 where the manifest says nothing).
  std::map<std::string, double> weights;
};

/// The weights that a run starts from.
struct InitFrom {
  std::string from;         ///< a weights file; "" = none. A run's name where nobody resolved it.
  bool is_partial = false;  ///< tensors that do not fit are left as they are, with a warning
  /// Beginnings of names in the file -> in the model, whole parts: {"embedding.proj",
  /// "embedding.global.proj"}. The longest that matches counts; "" matches every name.
  std::map<std::string, std::string> rename;
};

struct Recipe {
  std::int64_t steps = 1000;
  std::int64_t batch = 4;             ///< images per micro step
  std::int64_t accumulate = 1;        ///< micro steps per update
  std::string precision = "float32";  ///< float32 | bfloat16
  Optimizer optimizer;
  Schedule schedule;
  Balancer balancer;
  std::vector<Group> groups;
  InitFrom init_from;
  std::vector<std::string> augment;     ///< flip, crop, ... in this order
  std::optional<double> clip_norm;      ///< largest norm of the whole gradient; absent: no clipping
  std::int64_t evaluate_every = 0;      ///< steps; 0 = at the end only
  std::int64_t checkpoint_every = 500;  ///< steps; 0 = at the end only
  std::int64_t log_every = 10;          ///< steps
  std::int64_t workers = 2;             ///< loader threads
  std::int64_t threads = 0;             ///< threads of the tensor library; 0 = number of cores
};

/// Which weights count at the end.
struct Selection {
  bool is_last = true;
  std::string task;  ///< with `metric`: "semseg" and "mIoU"
  std::string metric;
  std::string split;
};

/// A plugin that a manifest uses, with what stands for it in the point_id.
struct PluginUse {
  std::string kind;
  std::string name;
  std::string identity;  ///< source hash, or the binary's SHA-256
  std::string source_hash;
  std::string sha256;
  std::string file;
  auto operator<=>(const PluginUse&) const = default;
};

/// A checked, defaulted manifest of one run.
struct Manifest {
  std::string name;
  Protocol protocol;
  DataChoice data;
  std::vector<TaskChoice> tasks;  ///< order has a meaning
  Slots slots;
  Recipe recipe;
  std::int64_t seed = 1;
  std::vector<std::string> probes;
  Selection select;
  std::vector<std::string> plugin_path;  ///< absolute folders
  std::vector<std::string> tags;
  std::string notes;
  std::vector<PluginUse> plugins;  ///< sorted by kind and name, each once

  [[nodiscard]] const TaskChoice* task(const std::string& task_name) const;
  [[nodiscard]] std::vector<std::string> task_names() const;
};

}  // namespace triptych::manifest
