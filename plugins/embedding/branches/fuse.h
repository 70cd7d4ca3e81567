#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cost.h"
#include "triptych/params.h"
#include "triptych/spec.h"

namespace triptych::branches {

/// How n branches X_1 .. X_n (in the order global, local, contour) become one grid.
struct FuseOptions {
  std::string kind = "gate";   ///< one of: sum, concat, gate
  std::string gates = "cell";  ///< one of: cell, channel
  double gate_logit = 0;       ///< bias of the gates at step 0
};

void add_fuse_params(Spec& spec);  // fuse, gates, gate_logit
[[nodiscard]] FuseOptions fuse_options(const Params& params);

///   sum:    X = X_1 + ... + X_n
///   concat: X = LayerNorm(W [X_1; ...; X_n] + b)
///   gate:   X = X_1 + sum over i > 1 of sigmoid(a_i) X_i
///           [a_2; ...; a_n] = W [X_1; ...; X_n] + b
///
/// a_i has one value per cell, or with gates: channel one per cell and channel. b starts at
/// gate_logit; gate_logit -> -inf leaves X_1. Parameters: `mix` and `norm`, or `gates`.
class Fuse : public torch::nn::Module {
 public:
  Fuse(const FuseOptions& options, std::int64_t width, std::int64_t num_branches);

  /// n grids [B, H, W, C] -> [B, H, W, C].
  [[nodiscard]] at::Tensor forward(const std::vector<at::Tensor>& features);

  [[nodiscard]] static Cost cost(const FuseOptions& options, std::int64_t width,
                                 std::int64_t num_branches);

 private:
  [[nodiscard]] at::Tensor gated(const std::vector<at::Tensor>& features);

  torch::nn::Linear mix_{nullptr}, gates_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};

}  // namespace triptych::branches
