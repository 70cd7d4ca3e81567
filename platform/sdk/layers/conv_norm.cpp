#include "triptych/layers/conv_norm.h"

#include <numeric>

namespace triptych::layers {

std::vector<std::string> norm_kinds() { return {"batch", "group"}; }

MapNorm::MapNorm(const std::string& kind, std::int64_t channels) {
  if (kind == "batch") {
    batch_ = register_module("batch", torch::nn::BatchNorm2d(channels));
    return;
  }
  TORCH_INTERNAL_ASSERT(kind == "group", "MapNorm knows batch and group");
  const auto groups = std::gcd(channels, std::int64_t{8});
  group_ =
      register_module("group", torch::nn::GroupNorm(torch::nn::GroupNormOptions(groups, channels)));
}

at::Tensor MapNorm::forward(const at::Tensor& map) {
  return batch_ ? batch_->forward(map) : group_->forward(map);
}

torch::nn::Conv2d make_conv(std::int64_t in, std::int64_t out, const ConvOptions& options) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, options.kernel)
                               .stride(options.stride)
                               .padding((options.kernel - 1) / 2)
                               .bias(options.bias));
}

ConvNorm::ConvNorm(std::int64_t in, std::int64_t out, const std::string& norm, std::int64_t kernel,
                   std::int64_t stride) {
  conv_ = register_module("conv",
                          make_conv(in, out, {.kernel = kernel, .stride = stride, .bias = false}));
  norm_ = register_module("norm", std::make_shared<MapNorm>(norm, out));
}

at::Tensor ConvNorm::forward(const at::Tensor& map) { return norm_->forward(conv_->forward(map)); }

}  // namespace triptych::layers
