/// Deep visual prompts whose number is not T: fresh rows at every block, the old ones dropped.
///
///   before block j:  p <- P_j          ({rows} x C_j, learned)
///
/// Source: fixture, after Jia et al. 2022 (Visual Prompt Tuning, deep variant).
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class DeepRows final : public Prompt {
 public:
  static Spec spec() {
    return Spec("deep_rows", "Fresh learned prompts at every block, any number.")
        .param("rows", 5, "prompts, not tied to the number of tasks", at_least(1))
        .param("std", 0.02, "standard deviation of the initial rows", at_least(0))
        .input("prompts", "B P C")
        .output("prompts", "B P C")
        .source("fixture");
  }

  static PromptPorts ports(const Params& params, const Dims&) {
    return {.prompts = params.integer("rows"), .keeps = {}};
  }

  DeepRows(const Params& params, const Dims& dims) {
    for (std::size_t s = 0; s < dims.stages.size(); ++s) {
      first_of_stage_.push_back(rows_.size());
      for (std::int64_t b = 0; b < dims.stages[s].blocks; ++b) {
        const auto name = "stage" + std::to_string(s) + "_block" + std::to_string(b);
        const auto initial = torch::randn({params.integer("rows"), dims.stages[s].channels});
        rows_.push_back(register_parameter(name, initial * params.number("std")));
      }
    }
  }

  torch::Tensor initial(std::int64_t batch) override { return rows_[0].expand({batch, -1, -1}); }

  torch::Tensor enter_block(const BlockInfo& info, const torch::Tensor& own, Context&) override {
    return rows_[first_of_stage_[info.stage] + info.block].expand({own.size(0), -1, -1});
  }

  torch::Tensor merge(std::int64_t stage, const StageDims&, const torch::Tensor& own,
                      StageTrace&) override {
    return rows_[first_of_stage_[stage + 1]].expand({own.size(0), -1, -1});
  }

 private:
  std::vector<torch::Tensor> rows_;  // per block [rows, C]
  std::vector<std::size_t> first_of_stage_;
};

}  // namespace

TRIPTYCH_PLUGIN(DeepRows)
