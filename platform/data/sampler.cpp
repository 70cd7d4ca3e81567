#include "triptych/data/sampler.h"

#include <numeric>
#include <utility>

#include "triptych/core/hash.h"
#include "triptych/data/random.h"

namespace triptych::data {

std::vector<std::int64_t> shuffled(std::uint64_t seed, std::int64_t epoch, std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random{core::derive_seed(seed, "order"), static_cast<std::uint64_t>(epoch)};
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace triptych::data
