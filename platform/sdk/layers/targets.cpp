#include "triptych/layers/targets.h"

#include <torch/types.h>

#include <algorithm>
#include <vector>

namespace triptych::layers {

at::Tensor present_samples(const Target& target, std::int64_t dimensions) {
  if (std::all_of(target.present.begin(), target.present.end(), [](bool is) { return is; })) {
    return {};
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(dimensions), 1);
  shape.front() = static_cast<std::int64_t>(target.present.size());
  auto flags = at::empty(shape, at::kBool);
  std::copy(target.present.begin(), target.present.end(), flags.data_ptr<bool>());
  return flags.to(target.map.device(), /*non_blocking=*/true);
}

at::Tensor without_absent(const at::Tensor& valid, const Target& target) {
  const auto present = present_samples(target, valid.dim());
  return present.defined() ? valid & present : valid;
}

LossTerm pixel_term(const char* name, const at::Tensor& values, const at::Tensor& valid) {
  return {.name = name,
          .sum = at::where(valid, values, at::zeros({}, values.options())).sum(),
          .weight = valid.sum().to(values.scalar_type())};
}

}  // namespace triptych::layers
