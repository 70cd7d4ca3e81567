#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "triptych/compose/contract.h"

namespace triptych::compose {

/// What a dry run found.
struct DryRun {
  ImageSize image;                    ///< size that it ran at
  std::int64_t parameters = 0;        ///< at that size
  std::vector<std::string> warnings;  ///< Model::warnings
};

/// The smallest image that every part's ports accept: squares of growing multiples of 8 up to the
/// longer side of the request's image, then that image itself. Throws what check_contract throws at
/// the request's own size when no size is accepted.
[[nodiscard]] ImageSize smallest_image(const Request& request, const host::PluginHost& host);

/// The second gate: rebuilds the request at its smallest legal size (parts of fixed size too), runs
/// forward and backward on random input with two samples on the CPU, and throws Error contract.250
/// (a prediction is not finite), .251 (parameters that no gradient reached, by part; a defined zero
/// counts as reached) or .252 (a gradient is not finite).
DryRun dry_run(const Request& request, const host::PluginHost& host);

}  // namespace triptych::compose
