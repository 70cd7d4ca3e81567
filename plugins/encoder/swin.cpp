/// Swin Transformer that hosts prompts in every block.
///
///   block:  x' = x + drop(attention(norm1(x), norm1(p)));  y = x' + drop(mlp(norm2(x')))
///           prompts p the same way, through the same norms, qkv and mlp, with draws of their own
///   merge:  reduction(norm(2x2 neighbours concatenated)), C -> 2C
///
/// Odd blocks shift their windows by half a window. Sources: Liu et al. 2021 (Swin), section 3;
/// prompts as in Ye and Xu 2023 (TaskPrompter), section 3. Parameters carry the names of the
/// public Swin checkpoints (layers.S.blocks.B.attn.qkv ...).
///
/// `levels`: "unmerged" is the ordinary pyramid, each stage before its merge through a LayerNorm of
/// its own; "merged" is TaskPrompter's, maps after the merge and the last one after the final norm.
///
/// We differ: grids that the window does not divide are padded and the padding is masked out; a
/// window is clipped on each axis by itself; an odd grid is padded by one before merging. The
/// position table keeps its full size, so that parameters do not depend on the image size.
#include <triptych/layers/drop_path.h>
#include <triptych/layers/linear.h>
#include <triptych/layers/window_attention.h>
#include <triptych/plugin.h>

#include <cmath>

namespace {

using namespace triptych;

std::string tap_name(std::int64_t stage, std::int64_t block) {
  return "stage" + std::to_string(stage) + "/block" + std::to_string(block);
}

struct BlockOptions {
  layers::WindowAttention::Options attention;
  double mlp_ratio = 4;
  double drop_prob = 0;
  bool is_shifted = false;
};

class Block : public torch::nn::Module {
 public:
  explicit Block(const BlockOptions& options) : options_(options) {
    const auto channels = options.attention.channels;
    const auto hidden =
        static_cast<std::int64_t>(std::lround(options.mlp_ratio * static_cast<double>(channels)));
    norm1_ = register_module("norm1", layers::make_layer_norm(channels));
    attn_ = register_module("attn", std::make_shared<layers::WindowAttention>(options.attention));
    norm2_ = register_module("norm2", layers::make_layer_norm(channels));
    mlp_ = register_module("mlp", std::make_shared<layers::Mlp>(channels, hidden));
  }

  void forward(const BlockInfo& info, State& state) {
    auto& chain = *state.chain;
    chain.enter_block(info, state);
    const bool updates_prompts = chain.updates_prompts(info);
    const auto grid = layers::cut(state.patches.size(1), state.patches.size(2),
                                  options_.attention.window, options_.is_shifted);
    PromptView view;
    view.prompts = state.prompts;
    if (state.prompts.defined()) view.prompts_normed = norm1_->forward(state.prompts);
    view.patches_normed = norm1_->forward(state.patches);
    const auto attended = attn_->forward(view.patches_normed, chain.attending(view.prompts_normed),
                                         grid, updates_prompts);
    view.patches_attended = attended.patches;
    if (updates_prompts) view.prompts_attended = chain.spread(attended.prompts, state.prompts);
    view.compute_patch_logits = attended.patch_logits;
    view.compute_prompt_logits = attended.prompt_logits;

    auto patches = view.patches_attended, prompts = view.prompts_attended;
    if (!chain.empty()) {
      const auto update = chain.attended(info, view, state);
      if (update.patches.defined()) patches = patches + update.patches;
      if (update.prompts.defined() && updates_prompts) prompts = prompts + update.prompts;
    }
    state.patches = residuals(state.patches, patches, *state.context);
    if (updates_prompts) state.prompts = residuals(state.prompts, prompts, *state.context);
    state.tap(tap_name(info.stage, info.block), state.patches);
    chain.after_block(info, state);
  }

 private:
  torch::Tensor residuals(const torch::Tensor& x, const torch::Tensor& attended, Context& context) {
    const auto sum = x + layers::drop_path(attended, options_.drop_prob, context);
    return sum +
           layers::drop_path(mlp_->forward(norm2_->forward(sum)), options_.drop_prob, context);
  }

  BlockOptions options_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  std::shared_ptr<layers::WindowAttention> attn_;
  std::shared_ptr<layers::Mlp> mlp_;
};

/// Halves the grid: [B, H, W, C] -> [B, ceil(H/2), ceil(W/2), 2C].
class PatchMerging : public torch::nn::Module {
 public:
  explicit PatchMerging(std::int64_t channels)
      : norm_(register_module("norm", layers::make_layer_norm(4 * channels))),
        reduction_(register_module(
            "reduction", layers::make_linear(4 * channels, 2 * channels, /*bias=*/false))) {}

  torch::Tensor forward(const torch::Tensor& patches) {
    const auto height = patches.size(1), width = patches.size(2), channels = patches.size(3);
    auto even = patches;
    if (height % 2 != 0 || width % 2 != 0) {
      even = torch::constant_pad_nd(even, {0, 0, 0, width % 2, 0, height % 2});
    }
    // Channel order of the public checkpoints: (row, column) = (0,0), (1,0), (0,1), (1,1).
    const auto neighbours =
        even.view({even.size(0), even.size(1) / 2, 2, even.size(2) / 2, 2, channels})
            .permute({0, 1, 3, 4, 2, 5})
            .reshape({even.size(0), even.size(1) / 2, even.size(2) / 2, 4 * channels});
    return reduction_->forward(norm_->forward(neighbours));
  }

 private:
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::Linear reduction_{nullptr};
};

class Stage : public torch::nn::Module {
 public:
  explicit Stage(const StageDims& dims)
      : dims(dims), blocks(register_module("blocks", torch::nn::ModuleList())) {}

  StageDims dims;
  torch::nn::ModuleList blocks{nullptr};
  std::shared_ptr<PatchMerging> downsample;  // null in the last stage
};

class Swin final : public Encoder {
 public:
  static Spec spec() {
    return Spec("swin", "Swin Transformer of any depth, width and window; hosts prompts.")
        .param("depths", std::vector<std::int64_t>{2, 2, 2, 2}, "blocks of each stage", at_least(1))
        .param("head_dim", 32, "channels per attention head, where `heads` is not given",
               at_least(1))
        .param("heads", std::vector<std::int64_t>{}, "attention heads of each stage, or none",
               at_least(1))
        .param("window", 7, "side of an attention window, cells", at_least(1))
        .param("mlp_ratio", 4.0, "hidden channels of the MLP over the block's channels",
               between(0.01, 64))
        .param("drop_path", 0.0, "drop probability of the last block; grows linearly from 0",
               between(0, 0.99))
        .param("qkv_bias", true, "a bias in the query, key and value projection")
        .param("levels", "unmerged", "levels before the merges (ordinary), or after (TaskPrompter)",
               one_of({"unmerged", "merged"}))
        .input("patches", "B H W C")
        .output("levels", "L x [B C H W]")
        .source("Liu et al. 2021, section 3; Ye and Xu 2023, section 3");
  }

  static EncoderPorts ports(const Params& params, const Dims& dims) {
    const auto& depths = params.integers("depths");
    const auto& heads = params.integers("heads");
    if (depths.empty() || (!heads.empty() && heads.size() != depths.size())) {
      throw Error("module.111", "encoder 'swin'",
                  "depths has " + std::to_string(depths.size()) + " entries and heads has " +
                      std::to_string(heads.size()),
                  "Give depths one entry per stage, and heads as many or none.");
    }
    EncoderPorts ports;
    ports.hosts_prompts = true;
    const bool is_merged = params.text("levels") == "merged";
    GridDims grid = dims.grid;
    for (std::size_t s = 0; s < depths.size(); ++s) {
      const bool is_last = s + 1 == depths.size();
      const auto stage = static_cast<std::int64_t>(s);
      const GridDims next{.height = (grid.height + 1) / 2,
                          .width = (grid.width + 1) / 2,
                          .channels = 2 * grid.channels,
                          .stride = 2 * grid.stride};
      const auto& merged = is_last ? grid : next;
      const auto& level = is_merged ? merged : grid;
      ports.stages.push_back({.height = grid.height,
                              .width = grid.width,
                              .channels = grid.channels,
                              .heads = heads_of(params, s, grid.channels),
                              .blocks = depths[s],
                              .merged_height = merged.height,
                              .merged_width = merged.width,
                              .merged_channels = merged.channels});
      ports.levels.push_back({level.height, level.width, level.channels, level.stride, stage});
      for (std::int64_t b = 0; b < depths[s]; ++b) ports.taps.push_back(tap_name(stage, b));
      grid = next;
    }
    return ports;
  }

  Swin(const Params& params, const Dims& dims)
      : levels_(dims.levels), is_merged_(params.text("levels") == "merged") {
    std::int64_t count = 0, index = 0;
    for (const auto& stage : dims.stages) count += stage.blocks;
    auto list = register_module("layers", torch::nn::ModuleList());
    for (const auto& stage : dims.stages) {
      auto module = std::make_shared<Stage>(stage);
      list->push_back(module);
      for (std::int64_t b = 0; b < stage.blocks; ++b, ++index) {
        module->blocks->push_back(std::make_shared<Block>(BlockOptions{
            .attention = {.channels = stage.channels,
                          .heads = stage.heads,
                          .window = params.integer("window"),
                          .qkv_bias = params.flag("qkv_bias")},
            .mlp_ratio = params.number("mlp_ratio"),
            .drop_prob = layers::drop_prob_of(index, count, params.number("drop_path")),
            .is_shifted = b % 2 == 1}));
      }
      stages_.push_back(module);
      if (stages_.size() == dims.stages.size()) break;
      module->downsample =
          module->register_module("downsample", std::make_shared<PatchMerging>(stage.channels));
    }
    make_norms(dims);
  }

  State begin(const Grid& grid, PromptChain& prompts, Context& context) override {
    return prompts.begin(grid, context);
  }

  void blocks(std::int64_t stage, State& state) override {
    auto& module = *stages_[static_cast<std::size_t>(stage)];
    const bool is_last_stage = module.downsample == nullptr;
    BlockInfo info{.stage = stage, .dims = module.dims};
    for (info.block = 0; info.block < module.dims.blocks; ++info.block) {
      info.is_last_of_stage = info.block + 1 == module.dims.blocks;
      info.is_last = is_last_stage && info.is_last_of_stage;
      module.blocks[static_cast<std::size_t>(info.block)]->as<Block>()->forward(info, state);
    }
  }

  void merge(std::int64_t stage, State& state) override {
    const auto& module = *stages_[static_cast<std::size_t>(stage)];
    if (!is_merged_) record(norms_[static_cast<std::size_t>(stage)]->forward(state.patches), state);
    state.patches = module.downsample->forward(state.patches);
    state.chain->merge(stage, state);
    if (is_merged_) record(state.patches, state);
  }

  Pyramid finish(State& state) override {
    state.chain->finish(state);
    record(norms_.back()->forward(state.patches), state);
    return state.levels;
  }

 private:
  static std::int64_t heads_of(const Params& params, std::size_t stage, std::int64_t channels) {
    const auto& listed = params.integers("heads");
    const auto head_dim = params.integer("head_dim");
    const auto heads = listed.empty() ? channels / head_dim : listed[stage];
    const auto remainder = listed.empty() ? channels % head_dim : channels % heads;
    if (heads < 1 || remainder != 0) {
      throw Error("module.112", "encoder 'swin'",
                  "stage " + std::to_string(stage) + " has " + std::to_string(channels) +
                      " channels, which do not divide into " +
                      (listed.empty() ? "heads of " + std::to_string(head_dim) + " channels"
                                      : std::to_string(heads) + " heads"),
                  "Change head_dim or heads, or the embedding's width.");
    }
    return heads;
  }

  void make_norms(const Dims& dims) {
    if (is_merged_) {
      norms_.push_back(
          register_module("norm", layers::make_layer_norm(dims.stages.back().channels)));
      return;
    }
    for (const auto& stage : dims.stages) {
      const auto name = "norm" + std::to_string(norms_.size());
      norms_.push_back(register_module(name, layers::make_layer_norm(stage.channels)));
    }
  }

  /// Records a level. Contiguous maps: float32 convolutions on the CPU are slower on permuted ones.
  void record(const torch::Tensor& patches, State& state) const {
    const auto& dims = levels_[state.levels.size()];
    state.levels.push_back({patches.permute({0, 3, 1, 2}).contiguous(), dims.stride});
  }

  std::vector<LevelDims> levels_;
  bool is_merged_;
  std::vector<std::shared_ptr<Stage>> stages_;
  std::vector<torch::nn::LayerNorm> norms_;  // per level, or the final one alone
};

}  // namespace

TRIPTYCH_PLUGIN(Swin)
