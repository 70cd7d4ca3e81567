/// Spatial prompts: one prompt per task that attends with the patches and leaves its raw
/// prompt-to-patch map for decoding. The spatial half of `spatial_channel`, alone.
///
/// In every block the prompts [B, T, C] are rows of the encoder's own attention, residuals and MLP;
/// nothing is added to what that gives. Kept after the last block of each stage: the raw logits
/// A [B, heads, T, H, W] of prompt queries with patch keys (no scale, bias or softmax). At a stage
/// change p <- task_prompts_up(p), and A <- spa_attn_ds(A), 3x3 with stride 2 over heads x tasks
/// channels, where the level is taken after the merge.
///
/// Special values: with T = 1 one row; where nothing decodes A it is `task_tokens` with one token
/// per task, but for the initial values (mean 1, std 1 here).
///
/// Source: Ye and Xu 2023 (TaskPrompter), section 3, without its channel prompts; that they can be
/// taken apart is their ablation's idea, the form is ours. Parameter names as in `spatial_channel`.
#include <triptych/plugin.h>

#include "task_prompts/task_prompts.h"

namespace {

using namespace triptych;

class Spatial final : public task_prompts::TaskPrompts {
 public:
  static Spec spec() {
    return Spec("spatial", "Task prompts with spatial attention only, for decoding.")
        .input("prompts", "B T C")
        .output("spatial", "S x [B heads T H W]")
        .source("Ye and Xu 2023, section 3; the spatial half alone is our reading");
  }

  static PromptPorts ports(const Params&, const Dims& dims) {
    return {.prompts = dims["T"], .keeps = {"spatial"}, .are_of_tasks = true};
  }

  Spatial(const Params&, const Dims& dims)
      : TaskPrompts({.spatial = true, .channel = false}, {}, dims) {}
};

}  // namespace

TRIPTYCH_PLUGIN(Spatial)
