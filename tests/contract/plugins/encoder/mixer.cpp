/// One-head attention over prompts and patches, in stages that halve the grid and double the width.
///
///   [p; x] <- [p; x] + W_o softmax(Q K^T / sqrt(C)) V,   Q, K, V = linear(norm([p; x]))
///
/// Levels are recorded before the merge; every block has a tap. Source: fixture.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Mixer final : public Encoder {
 public:
  static Spec spec() {
    return Spec("mixer", "One-head attention over prompts and patches.")
        .param("stages", 2, "stages; each but the last halves the grid", between(1, 4))
        .param("blocks", 1, "blocks of each stage", at_least(1))
        .param("taps", true, "whether blocks offer their patches to fusions")
        .input("grid", "B H W C")
        .output("pyramid", "{stages} x [B C*2^l H/2^l W/2^l]")
        .source("fixture");
  }

  static EncoderPorts ports(const Params& params, const Dims& dims) {
    EncoderPorts ports{.hosts_prompts = true};
    auto [h, w, c, stride] = dims.grid;
    const auto blocks = params.integer("blocks");
    for (std::int64_t s = 0; s < params.integer("stages");
         ++s, h /= 2, w /= 2, c *= 2, stride *= 2) {
      const bool is_last = s + 1 == params.integer("stages");
      if (!is_last && (h % 2 != 0 || w % 2 != 0)) {
        throw Error("fixture.002", "encoder 'mixer'", "a grid that cannot be halved",
                    "Use a larger image or fewer stages.");
      }
      ports.stages.push_back(
          {h, w, c, 1, blocks, is_last ? h : h / 2, is_last ? w : w / 2, is_last ? c : 2 * c});
      ports.levels.push_back({h, w, c, stride, s});
      for (std::int64_t b = 0; params.flag("taps") && b < blocks; ++b)
        ports.taps.push_back(tap_name(s, b));
    }
    return ports;
  }

  Mixer(const Params&, const Dims& dims) : stages_(dims.stages) {
    for (const auto& stage : stages_) {
      for (std::int64_t b = 0; b < stage.blocks; ++b) {
        norms_->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({stage.channels})));
        qkvs_->push_back(torch::nn::Linear(stage.channels, 3 * stage.channels));
        projections_->push_back(torch::nn::Linear(stage.channels, stage.channels));
      }
      if (&stage == &stages_.back()) break;
      merges_->push_back(torch::nn::Linear(4 * stage.channels, stage.merged_channels));
    }
    register_module("norms", norms_);
    register_module("qkvs", qkvs_);
    register_module("projections", projections_);
    register_module("merges", merges_);
  }

  State begin(const Grid& grid, PromptChain& prompts, Context& context) override {
    return prompts.begin(grid, context);
  }

  void blocks(std::int64_t stage, State& state) override {
    const auto& dims = stages_[stage];
    for (std::int64_t b = 0; b < dims.blocks; ++b) {
      const bool ends_stage = b + 1 == dims.blocks;
      const bool is_last = ends_stage && &dims == &stages_.back();
      const BlockInfo info{stage, b, ends_stage, is_last, dims};
      state.chain->enter_block(info, state);
      block(info, state);
      state.tap(tap_name(stage, b), state.patches);
      state.chain->after_block(info, state);
    }
  }

  void merge(std::int64_t stage, State& state) override {
    record(state);
    const auto [b, h, w, c] = sizes(state.patches);
    const auto tiles = state.patches.view({b, h / 2, 2, w / 2, 2, c}).permute({0, 1, 3, 2, 4, 5});
    state.patches =
        merges_[stage]->as<torch::nn::Linear>()->forward(tiles.reshape({b, h / 2, w / 2, 4 * c}));
    state.chain->merge(stage, state);
  }

  Pyramid finish(State& state) override {
    record(state);
    return std::move(state.levels);
  }

 private:
  static std::string tap_name(std::int64_t stage, std::int64_t block) {
    return "stage" + std::to_string(stage) + "/block" + std::to_string(block);
  }

  static std::array<std::int64_t, 4> sizes(const torch::Tensor& t) {
    return {t.size(0), t.size(1), t.size(2), t.size(3)};
  }

  void record(State& state) const {
    const double stride = static_cast<double>(stages_[0].height) / state.patches.size(1);
    state.levels.push_back({state.patches.permute({0, 3, 1, 2}), stride});
  }

  void block(const BlockInfo& info, State& state) {
    std::size_t index = info.block;
    for (std::int64_t s = 0; s < info.stage; ++s) index += stages_[s].blocks;
    const auto [b, h, w, c] = sizes(state.patches);
    auto& norm = *norms_[index]->as<torch::nn::LayerNorm>();
    const bool has_prompts = state.prompts.defined();
    const auto rows = has_prompts ? state.chain->attending(state.prompts) : state.prompts;
    const auto p = rows.defined() ? rows.size(1) : 0;  // that attend
    auto tokens = state.patches.reshape({b, h * w, c});
    if (p > 0) tokens = torch::cat({rows, tokens}, 1);  // [B, p + N, C]
    const auto normed = norm.forward(tokens);
    const auto parts = qkvs_[index]->as<torch::nn::Linear>()->forward(normed).chunk(3, -1);
    const auto q = parts[0], k = parts[1];
    const auto mixed = torch::softmax(torch::matmul(q, k.transpose(1, 2)) / std::sqrt(c), -1);
    const auto attended =
        projections_[index]->as<torch::nn::Linear>()->forward(torch::matmul(mixed, parts[2]));
    auto patches = attended.slice(1, p).view({b, h, w, c});
    if (!has_prompts) {
      state.patches = state.patches + patches;
      return;
    }
    PromptView view;
    view.prompts = state.prompts;
    const bool do_all_attend = p == state.prompts.size(1);
    view.prompts_normed = do_all_attend ? normed.slice(1, 0, p) : norm.forward(state.prompts);
    view.patches_normed = normed.slice(1, p).view({b, h, w, c});
    view.patches_attended = patches;
    view.prompts_attended = state.chain->spread(attended.slice(1, 0, p), state.prompts);
    view.compute_patch_logits = [=, h = h, w = w, b = b] {
      return torch::matmul(q.slice(1, 0, p), k.slice(1, p).transpose(1, 2)).view({b, 1, p, h, w});
    };
    view.compute_prompt_logits = [=] {
      return torch::matmul(q.slice(1, 0, p), k.slice(1, 0, p).transpose(1, 2)).unsqueeze(1);
    };
    const auto update = state.chain->attended(info, view, state);
    state.patches = state.patches + (update.patches.defined() ? patches + update.patches : patches);
    if (!state.chain->updates_prompts(info)) return;
    state.prompts = state.prompts + view.prompts_attended;
    if (update.prompts.defined()) state.prompts = state.prompts + update.prompts;
  }

  std::vector<StageDims> stages_;
  torch::nn::ModuleList norms_, qkvs_, projections_, merges_;
};

}  // namespace

TRIPTYCH_PLUGIN(Mixer)
