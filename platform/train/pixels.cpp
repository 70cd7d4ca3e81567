#include "pixels.h"

#include <ATen/ops/tensor.h>

#include <triptych/data/transform.h>

namespace triptych::train {
namespace {

/// [3, 1, 1] on the CPU.
at::Tensor channels(const std::array<float, 3>& values) {
  return at::tensor(at::ArrayRef<float>(values.data(), values.size())).view({3, 1, 1});
}

}  // namespace

at::Tensor displayed(const Images& images, std::int64_t sample) {
  const at::Tensor rgb = images.rgb[sample].detach().to(at::kCPU, at::kFloat);
  const at::Tensor pixels = (rgb * channels(data::kStd) + channels(data::kMean)) * 255;
  return pixels.round().clamp(0, 255).to(at::kByte).permute({1, 2, 0}).contiguous();
}

at::Tensor normalised(const at::Tensor& rgb) {
  return (rgb.to(at::kFloat) / 255 - channels(data::kMean)) / channels(data::kStd);
}

}  // namespace triptych::train
