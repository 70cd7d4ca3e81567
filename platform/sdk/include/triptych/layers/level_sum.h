#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>

#include <cstdint>
#include <vector>

#include "triptych/layers/conv_norm.h"
#include "triptych/layers/resize.h"
#include "triptych/values.h"

namespace triptych::layers {

/// A pyramid as one map at its finest level: each level projected to `width` channels by a 1x1
/// convolution, resized, summed. The projections run before the resize: both are linear and the
/// resize's weights sum to one, so the order changes rounding only. A single level of `width`
/// channels passes through and there are no parameters.
class LevelSum : public torch::nn::Module {
 public:
  LevelSum(const std::vector<LevelDims>& levels, std::int64_t width);
  /// [B, width, H, W] at the size of the first level.
  at::Tensor forward(const Pyramid& levels);

 private:
  torch::nn::ModuleList project_{nullptr};
};

}  // namespace triptych::layers
