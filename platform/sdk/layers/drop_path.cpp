#include "triptych/layers/drop_path.h"

#include <torch/types.h>

#include <vector>

namespace triptych::layers {

at::Tensor drop_path(const at::Tensor& x, double drop_prob, Context& context) {
  if (!context.training || drop_prob <= 0) return x;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape.front() = x.size(0);
  const double keep = 1 - drop_prob;
  const auto kept = at::empty(shape, x.options()).bernoulli_(keep, context.rng).div_(keep);
  return x * kept;
}

double drop_prob_of(std::int64_t index, std::int64_t count, double last) {
  return count < 2 ? 0.0 : last * static_cast<double>(index) / static_cast<double>(count - 1);
}

}  // namespace triptych::layers
