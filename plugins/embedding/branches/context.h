#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cost.h"
#include "triptych/params.h"
#include "triptych/spec.h"

namespace triptych::branches {

/// How far the global branch sees beyond a patch.
struct ContextOptions {
  std::string kind = "none";  ///< one of context_kinds()
  std::int64_t size = 11;     ///< large_kernel: k, cells, odd
  std::int64_t grid = 8;      ///< pooled_attention: g, cells of each side of the pooled grid
};

[[nodiscard]] std::vector<std::string> context_kinds();  // none, large_kernel, pooled_attention
void add_context_size(Spec& spec);                       // context_size
/// `context_size`; throws Error("module.104") when it is even: the kernel would have no centre.
[[nodiscard]] std::int64_t context_size(const Params& params);

/// A residual over the grid, X + W f(X). W starts at 0, so that at step 0 it is the identity and
/// pretrained patch weights stay usable.
///
///   large_kernel:     f(X) = GELU(dw_{k x 1}(dw_{1 x k}(X)))        dw: one filter per channel
///   pooled_attention: f(X) = softmax(Q K^T / sqrt(C)) V,  Q = W_q X,  [K V] = W_kv pool_{g x g}(X)
///
/// Sources: Guo et al. 2022 (SegNeXt), section 3.1, pairs of strip convolutions; Wang et al. 2021
/// (Pyramid Vision Transformer), section 3.3, attention to a reduced grid, here average-pooled,
/// with one head. Attention has no positions: the encoder adds its own.
class WideContext : public torch::nn::Module {
 public:
  ~WideContext() override;
  /// [B, H, W, C] -> the same shape.
  [[nodiscard]] virtual at::Tensor forward(const at::Tensor& patches) = 0;
};

/// Null for the kind none.
[[nodiscard]] std::shared_ptr<WideContext> make_context(std::int64_t width,
                                                        const ContextOptions& options);

/// Keys and values of the g x g pooled cells are left out of the multiply-adds of pooled_attention:
/// they do not grow with the grid.
[[nodiscard]] Cost context_cost(std::int64_t width, const ContextOptions& options);

}  // namespace triptych::branches
