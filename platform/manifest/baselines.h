#pragma once

#include <string>
#include <utility>
#include <vector>

#include "triptych/manifest/manifest.h"
#include "triptych/manifest/node.h"
#include "triptych/manifest/specs.h"

namespace triptych::manifest {

/// Keys that a baseline sets, in the order of the file.
using Settings = std::vector<std::pair<std::string, Node>>;

/// What `baselines` asks for.
struct Baselines {
  /// One model per task, of the slots of each cell.
  struct SingleTask {
    std::string label;      ///< "single task", "single task, plain" where none is given
    bool is_plain = false;  ///< without prompts and fusion
    Settings settings;
  };
  struct MultiTask {
    std::string label;
    Settings settings;
  };
  Position at;  ///< of the list
  std::vector<SingleTask> single_task;
  std::vector<MultiTask> multi_task;
};

/// Problems: manifest.123.
[[nodiscard]] Baselines read_baselines(const Node& tree, std::vector<Problem>& problems);

/// The manifest of one task alone: T = 1, the same recipe, balancer `fixed` with weight 1; what is
/// said about absent tasks goes. `is_plain`: without prompts and fusion. `specs` must know the
/// balancer `fixed`.
[[nodiscard]] Manifest single_task(const Manifest& manifest, const std::string& task, bool is_plain,
                                   const SpecSource& specs);

}  // namespace triptych::manifest
