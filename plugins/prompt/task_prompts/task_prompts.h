#pragma once

#include <triptych/layers/channel_attention.h>
#include <triptych/params.h>
#include <triptych/prompt.h>
#include <triptych/spec.h>

#include <memory>
#include <vector>

namespace task_prompts {

/// Which of the two attentions the prompts have. At least one.
struct Halves {
  bool spatial = true;  ///< rows attend with the patches; their logits are kept as "spatial"
  bool channel = true;  ///< channel attention updates the rows; its logits are kept as "channel"
};

/// Adds the params of channel attention to a spec: channel_dim, channel_heads, channel, pool.
[[nodiscard]] triptych::Spec with_channel_params(triptych::Spec spec);

/// What those params ask for; `channels`, and `grid` of the form "full", are the stage's to say.
/// Throws Error module.120 when `pool` is not a height and a width.
[[nodiscard]] triptych::layers::ChannelAttention::Options channel_options(
    const std::string& plugin, const triptych::Params& params);

/// One prompt per task: what `spatial_channel`, `spatial` and `channel` share. The formulas are in
/// plugins/prompt/spatial_channel.cpp.
///
/// Parameters: task_prompts [T, C]; layers.S.blocks.B (channel attention, empty without it);
/// layers.S.downsample: task_prompts_up, process_chan_attn (channel), spa_attn_ds (spatial), drawn
/// in this order.
class TaskPrompts : public triptych::Prompt {
 public:
  /// `options` counts only with the channel half.
  TaskPrompts(Halves halves, const triptych::layers::ChannelAttention::Options& options,
              const triptych::Dims& dims);
  ~TaskPrompts() override;

  torch::Tensor initial(std::int64_t batch) override;
  triptych::Update attended(const triptych::BlockInfo& info, const triptych::PromptView& own,
                            triptych::StageTrace& kept) override;
  torch::Tensor merge(std::int64_t stage, const triptych::StageDims& dims, const torch::Tensor& own,
                      triptych::StageTrace& kept) override;

 private:
  class Layer;

  Halves halves_;
  torch::Tensor task_prompts_;  // [T, C]
  std::vector<std::shared_ptr<Layer>> layers_;
  bool is_decoded_;
};

}  // namespace task_prompts
