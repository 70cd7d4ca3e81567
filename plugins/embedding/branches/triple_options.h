#pragma once

#include <optional>
#include <string>

#include "contour.h"
#include "edge_output.h"
#include "fuse.h"
#include "global.h"
#include "local.h"

namespace triptych::branches {

/// All params of `triple`, which its control `wide_stem` takes too.
struct TripleOptions {
  PatchOptions patch;
  bool has_global = true;
  bool has_local = true;
  bool has_contour = true;
  ContextOptions context;
  std::string local_norm;
  ContourOperatorOptions contour;
  FuseOptions fuse;
  std::optional<TaskDims> edge_task;  ///< of the side output, where there is one
  double edge_weight = 0;

  [[nodiscard]] std::int64_t num_branches() const { return has_global + has_local + has_contour; }
};

void add_triple_params(Spec& spec);
/// Throws Error("module.102") (stride of the local branch), ("module.103") (no branch is on) and
/// what its parts throw.
[[nodiscard]] TripleOptions triple_options(const Params& params, const Dims& dims);

/// Channels of the local branch's steps.
[[nodiscard]] std::vector<std::int64_t> local_channels(const TripleOptions& options);

/// What `triple` with these options costs.
[[nodiscard]] Cost triple_cost(const TripleOptions& options);

}  // namespace triptych::branches
