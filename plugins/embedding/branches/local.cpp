#include "local.h"

#include <algorithm>
#include <bit>

#include "triptych/error.h"
#include "triptych/layers/conv_norm.h"

namespace triptych::branches {

std::int64_t num_halvings(const std::string& owner, std::int64_t stride) {
  const auto bits = static_cast<std::uint64_t>(stride);
  if (!std::has_single_bit(bits) || bits < 2) {
    throw Error("module.102", owner,
                "stride " + std::to_string(stride) + " is no power of two from 2 on",
                "Use 2, 4, 8 or 16.");
  }
  return std::countr_zero(bits);
}

std::vector<std::int64_t> doubling_channels(std::int64_t num_halvings, std::int64_t width) {
  std::vector<std::int64_t> channels;
  for (auto left = num_halvings - 1; left >= 0; --left) {
    channels.push_back(left == 0 ? width : std::max<std::int64_t>(width >> left, 1));
  }
  return channels;
}

LocalBranch::LocalBranch(torch::nn::Module& owner, const std::vector<std::int64_t>& channels,
                         const std::string& norm)
    : steps_(owner.register_module("steps", torch::nn::ModuleList())) {
  std::int64_t in = 3;
  for (const auto out : channels) {
    steps_->push_back(
        std::make_shared<layers::ConvNorm>(in, out, norm, /*kernel=*/3, /*stride=*/2));
    in = out;
  }
}

at::Tensor LocalBranch::forward(const at::Tensor& rgb) {
  auto map = rgb;
  for (const auto& step : *steps_) map = torch::gelu(step->as<layers::ConvNorm>()->forward(map));
  return map.permute({0, 2, 3, 1});
}

Cost LocalBranch::cost(const std::vector<std::int64_t>& channels) {
  Cost cost;
  std::int64_t in = 3;
  std::int64_t positions = std::int64_t{1} << (2 * channels.size());  // image pixels per cell
  for (const auto out : channels) {
    positions /= 4;
    cost += {.parameters = 9 * in * out + 2 * out, .macs = positions * 9 * in * out};
    in = out;
  }
  return cost;
}

}  // namespace triptych::branches
