/// Visual prompts, shallow: P learned tokens, not tied to tasks, that enter the first block and go
/// through the whole encoder beside the patches.
///
///   p = P_0 learned, [P, C];  in every block p is a row of attention, residuals and MLP
///
/// Over a stage change, C -> C' channels (`merge`; the source's text is about encoders of one width
/// and says of hierarchical ones only that prompts stay out of the merging of patches):
///
///   linear   p <- up_s(p), learned, without bias           C C' parameters
///   repeat   p <- p beside itself until C' channels stand  none
///   fresh    p <- P_s learned, the old rows end            P C'
///
/// Meant for a frozen encoder: recipe.groups freezes "embedding.*" and "encoder.*", what is trained
/// is this part, the heads and fusions. Special values: in an encoder of one stage the three
/// readings are one. Nothing is kept for decoding.
///
/// Source: Jia et al. 2022 (visual prompt tuning), section 3.2. We differ: tokens are drawn from a
/// normal distribution (std 0.02), not uniformly, and there is no dropout on them.
#include <triptych/layers/init.h>
#include <triptych/layers/linear.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class VptShallow final : public Prompt {
 public:
  static Spec spec() {
    return Spec("vpt_shallow", "Learned tokens shared by all tasks, from the first block on.")
        .param("count", 8, "P, tokens; not per task", at_least(1))
        .param("merge", "linear",
               "over a stage change: a learned map, the token repeated to the new width, or new "
               "tokens",
               one_of({"linear", "repeat", "fresh"}))
        .input("prompts", "B P C")
        .output("prompts", "B P C")
        .source("Jia et al. 2022, section 3.2");
  }

  static PromptPorts ports(const Params& params, const Dims&) {
    return {.prompts = params.integer("count"), .keeps = {}};
  }

  VptShallow(const Params& params, const Dims& dims) : merge_(params.text("merge")) {
    add_tokens(params.integer("count"), dims.stages.front().channels);
    if (merge_ == "linear") ups_ = register_module("ups", torch::nn::ModuleList());
    for (std::size_t s = 0; s + 1 < dims.stages.size(); ++s) {
      const auto& stage = dims.stages[s];
      if (merge_ == "fresh") add_tokens(params.integer("count"), stage.merged_channels);
      if (merge_ != "linear") continue;
      ups_->push_back(layers::make_linear(stage.channels, stage.merged_channels, /*bias=*/false));
    }
  }

  torch::Tensor initial(std::int64_t batch) override { return rows(0, batch); }

  torch::Tensor merge(std::int64_t stage, const StageDims& dims, const torch::Tensor& own,
                      StageTrace&) override {
    const auto s = static_cast<std::size_t>(stage);
    if (merge_ == "linear") return ups_[s]->as<torch::nn::Linear>()->forward(own);
    if (merge_ == "fresh") return rows(s + 1, own.size(0));
    const auto copies = (dims.merged_channels + dims.channels - 1) / dims.channels;
    return own.repeat({1, 1, copies}).slice(/*dim=*/2, 0, dims.merged_channels);
  }

 private:
  void add_tokens(std::int64_t count, std::int64_t channels) {
    const auto name = "tokens" + std::to_string(tokens_.size());
    tokens_.push_back(register_parameter(name, torch::empty({count, channels})));
    layers::fill_truncated_normal(tokens_.back());
  }

  torch::Tensor rows(std::size_t stage, std::int64_t batch) const {
    return tokens_[stage].unsqueeze(0).expand({batch, -1, -1});
  }

  std::string merge_;
  std::vector<torch::Tensor> tokens_;  // [P, C] of the first stage; with "fresh" of every stage
  torch::nn::ModuleList ups_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(VptShallow)
