#pragma once

#include <cstdint>
#include <vector>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

/// The seeds of a study: those of `seeds`, else the one of `seed`, else 1. Problems: manifest.117
/// both are given, .124 a faulty list.
[[nodiscard]] std::vector<std::int64_t> read_seeds(const Node& tree,
                                                   std::vector<Problem>& problems);

}  // namespace triptych::manifest
