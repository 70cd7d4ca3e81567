/// Prompt fusion inside the blocks: owns no prompts, changes patches and prompts after each block.
///
///   x <- x + g_s W_s mean(x);   p <- p + g_s W_s mean(x)   (where there are prompts)
///
/// g_s = 0 is the identity. Source: fixture.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class InnerFusion final : public Prompt {
 public:
  static Spec spec() {
    return Spec("inner_fusion", "Adds the trend of the patches to patches and prompts.")
        .param("gate", 0.1, "g_s at step 0, unitless")
        .input("patches", "B H W C")
        .output("patches", "B H W C")
        .source("fixture");
  }

  static PromptPorts ports(const Params&, const Dims&) { return {}; }

  InnerFusion(const Params& params, const Dims& dims) {
    gates_ = register_parameter("gates", torch::full({dims["S"]}, params.number("gate")));
    for (const auto& stage : dims.stages) {
      mixes_->push_back(torch::nn::Linear(stage.channels, stage.channels));
    }
    register_module("mixes", mixes_);
  }

  void after_block(const BlockInfo& info, State& state) override {
    const auto trend = state.patches.mean({1, 2});  // [B, C]
    const auto change =
        gates_[info.stage] * mixes_[info.stage]->as<torch::nn::Linear>()->forward(trend);
    state.patches = state.patches + change.unsqueeze(1).unsqueeze(1);
    if (state.prompts.defined()) state.prompts = state.prompts + change.unsqueeze(1);
  }

 private:
  torch::Tensor gates_;  // [S]
  torch::nn::ModuleList mixes_;
};

}  // namespace

TRIPTYCH_PLUGIN(InnerFusion)
