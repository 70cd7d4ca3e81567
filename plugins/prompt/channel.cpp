/// Channel prompts: one prompt per task that attends to channels only and leaves its raw
/// prompt-to-channel map for decoding. The channel half of `spatial_channel`, alone.
///
/// The prompts [B, T, C] take no part in the encoder's attention: they send it no query, and the
/// patches do not see them. In every block, with R and v of channel attention (formulas in
/// `spatial_channel`, same params):
///
///   p <- p + token_trans1(chan_proj(softmax_C(R / sqrt(E)) v));   p <- p + mlp(norm2(p))
///
/// the second step being the block's own. Kept after the last block of each stage: R [B, T, C, nh,
/// nw]. At a stage change p <- task_prompts_up(p), and R <- process_chan_attn(R) where the level is
/// taken after the merge.
///
/// Special values: the encoder's patches are, bit for bit, those of a model without prompts. So it
/// has an effect only through what reads its rows or decodes R; alone, with nothing that does, a
/// manifest with it stops at the dry run (contract.251). `["spatial", "channel"]` decodes both maps
/// like `spatial_channel`, from two rows per task that do not see each other.
///
/// Source: Ye and Xu 2023 (TaskPrompter), section 3, without its spatial prompts; that its rows
/// stay outside of attention is our reading of "channel prompts alone". Parameter names as in
/// `spatial_channel`.
#include <triptych/plugin.h>

#include "task_prompts/task_prompts.h"

namespace {

using namespace triptych;

class Channel final : public task_prompts::TaskPrompts {
 public:
  static Spec spec() {
    return task_prompts::with_channel_params(
               Spec("channel", "Task prompts with channel attention only, for decoding."))
        .input("prompts", "B T C")
        .output("channel", "S x [B T C nh nw]")
        .source("Ye and Xu 2023, section 3; the channel half alone is our reading");
  }

  static PromptPorts ports(const Params& params, const Dims& dims) {
    (void)task_prompts::channel_options("channel", params);  // refuses a bad `pool` early
    return {.prompts = dims["T"],
            .keeps = {"channel"},
            .are_of_tasks = true,
            .attends = false,
            .is_fixed_size = params.text("channel") == "full"};
  }

  Channel(const Params& params, const Dims& dims)
      : TaskPrompts({.spatial = false, .channel = true},
                    task_prompts::channel_options("channel", params), dims) {}
};

}  // namespace

TRIPTYCH_PLUGIN(Channel)
