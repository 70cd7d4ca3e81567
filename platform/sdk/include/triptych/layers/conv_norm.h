#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/normalization.h>

#include <cstdint>
#include <string>
#include <vector>

namespace triptych::layers {

/// The values of a parameter `norm` that MapNorm understands.
[[nodiscard]] std::vector<std::string> norm_kinds();  // "batch", "group"

/// Normalisation of maps [B, C, H, W] by a name. "batch": BatchNorm with running statistics;
/// "group": GroupNorm with gcd(C, 8) groups, for batches too small for statistics.
class MapNorm : public torch::nn::Module {
 public:
  MapNorm(const std::string& kind, std::int64_t channels);
  at::Tensor forward(const at::Tensor& map);

 private:
  torch::nn::BatchNorm2d batch_{nullptr};
  torch::nn::GroupNorm group_{nullptr};
};

/// Options of a square convolution: kernel, stride, padding (kernel - 1) / 2, bias.
struct ConvOptions {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  bool bias = true;
};

/// A square convolution with "same" padding for odd kernels.
[[nodiscard]] torch::nn::Conv2d make_conv(std::int64_t in, std::int64_t out,
                                          const ConvOptions& options = {});

/// Convolution without bias, then MapNorm: the building block of the plain convolutional modules.
class ConvNorm : public torch::nn::Module {
 public:
  ConvNorm(std::int64_t in, std::int64_t out, const std::string& norm, std::int64_t kernel = 3,
           std::int64_t stride = 1);
  at::Tensor forward(const at::Tensor& map);

 private:
  torch::nn::Conv2d conv_{nullptr};
  std::shared_ptr<MapNorm> norm_;
};

}  // namespace triptych::layers
