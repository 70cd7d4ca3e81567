#pragma once

#include <cstdint>
#include <vector>

namespace triptych::data {

/// The order in which an epoch visits `count` samples: a permutation, a function of (seed, epoch)
/// alone.
[[nodiscard]] std::vector<std::int64_t> shuffled(std::uint64_t seed, std::int64_t epoch,
                                                 std::int64_t count);

/// Place in the endless stream of training samples (epoch after epoch).
struct Position {
  std::int64_t epoch = 0;
  std::int64_t cursor = 0;  ///< samples of this epoch that were delivered
  bool operator==(const Position&) const = default;
};

}  // namespace triptych::data
