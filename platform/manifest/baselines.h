#pragma once

#include <string>
#include <utility>
#include <vector>

#include "triptych/manifest/manifest.h"
#include "triptych/manifest/node.h"
#include "triptych/manifest/specs.h"

namespace triptych::manifest {

/// What `baselines` asks for.
struct Baselines {
  struct MultiTask {
    std::string label;
    std::vector<std::pair<std::string, Node>> settings;
  };
  bool has_single_task = false;  ///< "single_task": the slots of each cell
  bool has_plain = false;        ///< {"single_task": "plain"}: without prompts and fusion
  Position at;                   ///< of the list
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
