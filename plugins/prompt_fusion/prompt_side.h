#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"

namespace triptych::prompt_fusion {

/// The rows of the prompts, of which some belong to tasks: equally many each, in their order.
struct PromptRows {
  std::int64_t all = 0;       ///< P
  std::int64_t begin = 0;     ///< of the tasks' rows
  std::int64_t count = 0;     ///< of the tasks' rows; 0: no row belongs to a task
  std::int64_t per_task = 1;  ///< rows of one task
};

/// The prompts in width E and their descriptors over the set of prompts:
///
///   y = LN(W p)                                      [B, P, E]
///   salient = max_p y   trend = mean_p y   raw = y, or W_r y
///   A(y) = W_o attention(y, y, y)                    between the prompts; not built for P = 1
///
/// Control `shuffled`: each task's rows are those of the next one (the last takes the first's), so
/// with one task nothing changes. Control `plain` has y itself in place of each descriptor.
class PromptSide : public torch::nn::Module {
 public:
  /// `is_read`: something beside this class depends on y. Where nothing does, y is 0 and its
  /// parameters do not exist.
  PromptSide(const Options& options, std::int64_t channels, const PromptRows& rows, bool is_read);

  /// Of the descriptors that are on, in the order of `values`.
  [[nodiscard]] std::vector<std::string> names() const { return options_.active("prompt"); }
  /// Prompts [B, P, C] -> y [B, P, E].
  at::Tensor reduce(const at::Tensor& prompts);
  /// The descriptors of y, each [B, P, E] or [B, 1, E].
  std::vector<at::Tensor> values(const at::Tensor& y, Context& context);
  /// `fused` + A(y); either may be absent, and with both absent the result is undefined.
  at::Tensor with_attention(const at::Tensor& fused, const at::Tensor& y);

 private:
  at::Tensor shuffled(const at::Tensor& y) const;

  Options options_;
  PromptRows rows_;
  torch::nn::Linear reduce_{nullptr}, raw_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::Linear qkv_{nullptr}, proj_{nullptr};
};

}  // namespace triptych::prompt_fusion
