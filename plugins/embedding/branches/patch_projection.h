#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/normalization.h>

#include <cstdint>

#include "cost.h"
#include "triptych/dims.h"
#include "triptych/params.h"
#include "triptych/spec.h"

namespace triptych::branches {

/// The params that `patch` has, and with it every embedding on the grid of `patch`.
struct PatchOptions {
  std::int64_t stride = 4;  ///< side of a patch, pixels of the scaled image
  std::int64_t width = 96;  ///< channels of a cell
  bool has_norm = true;     ///< LayerNorm after the projection
  double image_scale = 1;   ///< factor on the image size before anything else
};

void add_patch_params(Spec& spec);  // stride, width, norm, image_scale
[[nodiscard]] PatchOptions patch_options(const Params& params);

/// Size of the image after scaling, rounded down as bilinear resizing by a factor does.
[[nodiscard]] ImageSize scaled_size(ImageSize image, double scale);

/// The grid of `patch`. Throws Error("module.101") when the scaled image is no whole number of
/// patches; `owner` ("embedding 'patch'") stands in the message.
[[nodiscard]] GridDims patch_grid(const std::string& owner, const PatchOptions& options,
                                  ImageSize image);

/// Non-overlapping convolution, then LayerNorm over the channels. Its parameters (`proj`, `norm`,
/// as in the public Swin checkpoints) belong to `owner`.
class PatchProjection {
 public:
  /// `in`: channels of the map that is cut.
  PatchProjection(torch::nn::Module& owner, std::int64_t in, const PatchOptions& options);

  /// [B, in, H, W] -> [B, H/S, W/S, C], contiguous.
  [[nodiscard]] at::Tensor forward(const at::Tensor& map);

  [[nodiscard]] static Cost cost(std::int64_t in, const PatchOptions& options);

 private:
  torch::nn::Conv2d proj_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};

}  // namespace triptych::branches
