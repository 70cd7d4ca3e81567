#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "triple_options.h"

namespace triptych::branches {

/// Options of the 1x1 projection that ends `wide_stem`: patches of one cell.
[[nodiscard]] PatchOptions projection_options(const TripleOptions& options);

/// What `wide_stem` costs with these channels of its steps.
[[nodiscard]] Cost wide_stem_cost(const TripleOptions& options,
                                  const std::vector<std::int64_t>& channels);

/// Channels a, ..., a, b of the steps of `wide_stem`: of all pairs with b <= S^2 a whose parameters
/// differ from triple's by at most 1 %, the one with the nearest multiply-adds. Throws
/// Error("module.102") when the stride is no power of two and Error("module.106") when there is no
/// such pair, as at stride 2. The side output does not count: it is the same in both.
[[nodiscard]] std::vector<std::int64_t> matching_channels(const std::string& owner,
                                                          TripleOptions options);

}  // namespace triptych::branches
