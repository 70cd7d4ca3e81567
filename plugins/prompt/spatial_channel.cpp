/// Spatial-channel prompts: one prompt per task that attends to patches and to channels, and leaves
/// its raw attention maps for decoding.
///
/// In every block, with p the task prompts [B, T, C] entering it and x_a [B, H, W, C] the patches
/// after attention, before the residual:
///
///   c = token_trans(p)                    [B, T, E]      C -> E
///   q = chan_q(c)                         [B, T, E]
///   k, v = chan_kv(patches of x_a)        [B, C, E]      a linear map over patches
///   R = q k^T                             [B, T, C]      raw channel map
///   p += token_trans1(chan_proj(softmax_C(R / sqrt(E)) v))
///
/// added to what attention gave the prompt, before its residual. Kept after the last block of each
/// stage: R, and the raw logits of prompt queries with patch keys per head (no scale, bias or
/// softmax). At a stage change prompts and maps follow the patches: task_prompts_up,
/// process_chan_attn (both C -> 2C without bias), spa_attn_ds (3x3, stride 2, over heads x tasks
/// channels).
///
/// `channel`: "full" is TaskPrompter's, where chan_kv has one column per patch, so that the weights
/// fit one image size only (138 of 275 million parameters in its Cityscapes model); "pooled" first
/// averages the patches over a fixed grid and fits every size.
///
/// Source: Ye and Xu 2023 (TaskPrompter), section 3. Parameter names as in the authors'
/// checkpoints. Where nothing decodes the maps, nothing that only decoding needs is made. `spatial`
/// and `channel` are its halves, each a prompt of its own.
#include <triptych/plugin.h>

#include "task_prompts/task_prompts.h"

namespace {

using namespace triptych;

class SpatialChannel final : public task_prompts::TaskPrompts {
 public:
  static Spec spec() {
    return task_prompts::with_channel_params(
               Spec("spatial_channel",
                    "Task prompts with spatial and channel attention, for decoding."))
        .input("prompts", "B T C")
        .output("spatial", "S x [B heads T H W]")
        .output("channel", "S x [B T C nh nw]")
        .source("Ye and Xu 2023, section 3");
  }

  static PromptPorts ports(const Params& params, const Dims& dims) {
    (void)task_prompts::channel_options("spatial_channel", params);  // refuses a bad `pool` early
    return {.prompts = dims["T"],
            .keeps = {"spatial", "channel"},
            .are_of_tasks = true,
            .is_fixed_size = params.text("channel") == "full"};
  }

  SpatialChannel(const Params& params, const Dims& dims)
      : TaskPrompts({.spatial = true, .channel = true},
                    task_prompts::channel_options("spatial_channel", params), dims) {}
};

}  // namespace

TRIPTYCH_PLUGIN(SpatialChannel)
