/// One prompt per task; the raw prompt-to-patch map of each stage's last block is kept for
/// decoding.
///
///   p_t = learned;   kept: m = q_p K^T of the last block;   merge: p <- W p, m <- mean over 2 x 2
///
/// Source: fixture, after Ye and Xu 2023 (TaskPrompter), without its channel prompts.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class MapRows final : public Prompt {
 public:
  static Spec spec() {
    return Spec("map_rows", "One prompt per task; keeps its raw map over the patches.")
        .input("prompts", "B P C")
        .output("prompts", "B P C")
        .output("map spatial", "B heads P H W")
        .source("fixture");
  }

  static PromptPorts ports(const Params&, const Dims& dims) {
    return {.prompts = dims["T"], .keeps = {"spatial"}, .are_of_tasks = true};
  }

  MapRows(const Params&, const Dims& dims) : is_decoded_(dims.decoded) {
    rows_ = register_parameter("rows", torch::randn({dims.segment.count, dims["C"]}));
    for (const auto& stage : dims.stages) {
      if (&stage == &dims.stages.back()) break;
      merges_->push_back(torch::nn::Linear(stage.channels, stage.merged_channels));
    }
    register_module("merges", merges_);
  }

  torch::Tensor initial(std::int64_t batch) override { return rows_.expand({batch, -1, -1}); }

  Update attended(const BlockInfo& info, const PromptView& own, StageTrace& kept) override {
    if (is_decoded_ && info.is_last_of_stage) kept.spatial = own.patch_logits();
    return {};
  }

  torch::Tensor merge(std::int64_t stage, const StageDims& dims, const torch::Tensor& own,
                      StageTrace& kept) override {
    if (kept.spatial.defined()) {
      const auto merged = torch::avg_pool2d(kept.spatial.flatten(0, 1), 2);
      kept.spatial =
          merged.view({own.size(0), -1, own.size(1), dims.merged_height, dims.merged_width});
    }
    return merges_[stage]->as<torch::nn::Linear>()->forward(own);
  }

 private:
  bool is_decoded_;
  torch::Tensor rows_;  // [P, C]
  torch::nn::ModuleList merges_;
};

}  // namespace

TRIPTYCH_PLUGIN(MapRows)
