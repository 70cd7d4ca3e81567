#include "prompt_side.h"

#include <torch/types.h>
#include <triptych/layers/attention.h>
#include <triptych/layers/linear.h>

#include "fuse.h"

namespace triptych::prompt_fusion {

PromptSide::PromptSide(const Options& options, std::int64_t channels, const PromptRows& rows,
                       bool is_read)
    : options_(options), rows_(rows) {
  const auto width = options.width;
  const bool attends = options.prompts_attend && rows.all > 1;
  if (!is_read && !attends && names().empty()) return;
  reduce_ = register_module("reduce", make_projection(channels, width));
  norm_ = register_module("norm", layers::make_layer_norm(width));
  if (options.reading("prompt_raw") == "linear") {
    raw_ = register_module("raw", make_projection(width, width));
  }
  if (!attends) return;
  qkv_ = register_module("qkv", make_projection(width, 3 * width));
  proj_ = register_module("proj", make_projection(width, width));
}

at::Tensor PromptSide::reduce(const at::Tensor& prompts) {
  if (!reduce_) return prompts.new_zeros({prompts.size(0), prompts.size(1), options_.width});
  const auto y = norm_->forward(reduce_->forward(prompts));
  return options_.control == "shuffled" ? shuffled(y) : y;
}

at::Tensor PromptSide::shuffled(const at::Tensor& y) const {
  const auto own = y.narrow(1, rows_.begin, rows_.count);
  const auto rolled = torch::roll(own, /*shifts=*/-rows_.per_task, /*dims=*/1);
  if (rows_.count == y.size(1)) return rolled;
  const auto end = rows_.begin + rows_.count;
  return torch::cat({y.narrow(1, 0, rows_.begin), rolled, y.narrow(1, end, y.size(1) - end)}, 1);
}

std::vector<at::Tensor> PromptSide::values(const at::Tensor& y, Context& context) {
  std::vector<at::Tensor> values;
  for (const auto& name : names()) {
    auto value = y;
    if (!options_.is_plain() && name == "prompt_salient") value = y.amax(1, /*keepdim=*/true);
    if (!options_.is_plain() && name == "prompt_trend") value = y.mean(1, /*keepdim=*/true);
    value = options_.controlled(name, value, context);
    values.push_back(name == "prompt_raw" && raw_ ? raw_->forward(value) : value);
  }
  return values;
}

at::Tensor PromptSide::with_attention(const at::Tensor& fused, const at::Tensor& y) {
  if (!qkv_) return fused;
  const auto parts = qkv_->forward(y).chunk(3, -1);
  const auto mixed = proj_->forward(layers::attend(parts[0], parts[1], parts[2], /*bias=*/{}));
  return fused.defined() ? fused + mixed : mixed;
}

}  // namespace triptych::prompt_fusion
