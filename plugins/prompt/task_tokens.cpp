/// Task tokens: learned tokens per task that take part in every block's attention.
///
///   p_0 learned, [T n, C];   stage change: p <- up_s(p), C -> C', linear without bias
///
/// Nothing is kept for decoding. Source: Jia et al. 2022 (visual prompt tuning, shallow), with one
/// group of tokens per task as in Ye and Xu 2023 (TaskPrompter).
#include <triptych/layers/init.h>
#include <triptych/layers/linear.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class TaskTokens final : public Prompt {
 public:
  static Spec spec() {
    return Spec("task_tokens", "Learned tokens per task, prepended to the patches; not decoded.")
        .param("prompts_per_task", 1, "n, tokens of each task", at_least(1))
        .input("prompts", "B P C")
        .output("prompts", "B P C")
        .source("Jia et al. 2022; Ye and Xu 2023");
  }

  static PromptPorts ports(const Params& params, const Dims& dims) {
    return {.prompts = dims["T"] * params.integer("prompts_per_task"),
            .keeps = {},
            .are_of_tasks = true};
  }

  TaskTokens(const Params& params, const Dims& dims) {
    const auto count = dims["T"] * params.integer("prompts_per_task");
    tokens_ = register_parameter("tokens", torch::empty({count, dims.stages.front().channels}));
    layers::fill_truncated_normal(tokens_);
    ups_ = register_module("ups", torch::nn::ModuleList());
    for (std::size_t s = 0; s + 1 < dims.stages.size(); ++s) {
      const auto& stage = dims.stages[s];
      ups_->push_back(layers::make_linear(stage.channels, stage.merged_channels, /*bias=*/false));
    }
  }

  torch::Tensor initial(std::int64_t batch) override {
    return tokens_.unsqueeze(0).expand({batch, -1, -1});
  }

  torch::Tensor merge(std::int64_t stage, const StageDims&, const torch::Tensor& own,
                      StageTrace&) override {
    return ups_[static_cast<std::size_t>(stage)]->as<torch::nn::Linear>()->forward(own);
  }

 private:
  torch::Tensor tokens_;  // [T n, C]
  torch::nn::ModuleList ups_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(TaskTokens)
