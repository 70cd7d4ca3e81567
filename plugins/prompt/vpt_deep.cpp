/// Visual prompts, deep: P learned tokens of its own for every block, not tied to tasks.
///
///   block j:  [x_j, _] = block([x_{j-1}, P_j])      P_j learned, [P, C of the block]
///
/// What a block makes of its tokens is dropped: the next block gets its own in their place. So a
/// stage change needs no map of prompts (our reading; the source's text is about encoders of one
/// width): the blocks behind it have tokens of the new width. Parameters: P times the sum of the
/// blocks' channels.
///
/// Meant for a frozen encoder: recipe.groups freezes "embedding.*" and "encoder.*", what is trained
/// is this part, the heads and fusions. Special values: in an encoder of one block it is
/// `vpt_shallow`. Nothing is kept for decoding.
///
/// Source: Jia et al. 2022 (visual prompt tuning), section 3.2. We differ: tokens are drawn from a
/// normal distribution (std 0.02), not uniformly, and there is no dropout on them.
#include <triptych/layers/init.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class VptDeep final : public Prompt {
 public:
  static Spec spec() {
    return Spec("vpt_deep", "Learned tokens shared by all tasks, fresh in every block.")
        .param("count", 8, "P, tokens of each block; not per task", at_least(1))
        .input("prompts", "B P C")
        .output("prompts", "B P C")
        .source("Jia et al. 2022, section 3.2");
  }

  static PromptPorts ports(const Params& params, const Dims&) {
    return {.prompts = params.integer("count"), .keeps = {}};
  }

  VptDeep(const Params& params, const Dims& dims) {
    for (const auto& stage : dims.stages) {
      stages_.emplace_back();
      for (std::int64_t b = 0; b < stage.blocks; ++b) {
        const auto name = "tokens" + std::to_string(stages_.size() - 1) + "_" + std::to_string(b);
        const auto tokens = torch::empty({params.integer("count"), stage.channels});
        layers::fill_truncated_normal(tokens);
        stages_.back().push_back(register_parameter(name, tokens));
      }
    }
  }

  torch::Tensor initial(std::int64_t batch) override { return rows(0, 0, batch); }

  torch::Tensor enter_block(const BlockInfo& info, const torch::Tensor& own, Context&) override {
    if (info.block == 0) return own;  // `initial` and `merge` put the first block's tokens there
    return rows(info.stage, info.block, own.size(0));
  }

  torch::Tensor merge(std::int64_t stage, const StageDims&, const torch::Tensor& own,
                      StageTrace&) override {
    return rows(stage + 1, 0, own.size(0));
  }

 private:
  torch::Tensor rows(std::int64_t stage, std::int64_t block, std::int64_t batch) const {
    return stages_[static_cast<std::size_t>(stage)][static_cast<std::size_t>(block)]
        .unsqueeze(0)
        .expand({batch, -1, -1});
  }

  std::vector<std::vector<torch::Tensor>> stages_;  // [P, C] per stage and block
};

}  // namespace

TRIPTYCH_PLUGIN(VptDeep)
