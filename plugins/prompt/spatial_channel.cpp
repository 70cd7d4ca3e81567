/// Spatial-channel prompts: one prompt per task that attends to patches and to channels, and leaves
/// its raw attention maps for decoding.
///
/// In every block, with p the task prompts [B, T, C] entering it and x_a [B, H, W, C] the patches
/// after attention, before the residual:
///
///   c = token_trans(p)                    [B, T, E]      C -> E
///   q = chan_q(c)                         [B, T, E]
///   k, v = chan_kv(patches of x_a)        [B, C, E]      a linear map over patches
///   R = q k^T                             [B, T, C]      raw channel map
///   p += token_trans1(chan_proj(softmax_C(R / sqrt(E)) v))
///
/// added to what attention gave the prompt, before its residual. Kept after the last block of each
/// stage: R, and the raw logits of prompt queries with patch keys per head (no scale, bias or
/// softmax). At a stage change prompts and maps follow the patches: task_prompts_up,
/// process_chan_attn (both C -> 2C without bias), spa_attn_ds (3x3, stride 2, over heads x tasks
/// channels).
///
/// `channel`: "full" is TaskPrompter's, where chan_kv has one column per patch, so that the weights
/// fit one image size only (138 of 275 million parameters in its Cityscapes model); "pooled" first
/// averages the patches over a fixed grid and fits every size.
///
/// Source: Ye and Xu 2023 (TaskPrompter), section 3. Parameter names as in the authors'
/// checkpoints. Where nothing decodes the maps, nothing that only decoding needs is made.
#include <triptych/layers/channel_attention.h>
#include <triptych/layers/init.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

/// What one block needs: nothing at all in a last block whose prompts and maps nobody reads.
struct BlockNeeds {
  bool updates = false;  // the prompts that leave the block are read
  bool keeps = false;    // its maps are decoded
};

/// Carries prompts and kept maps over a stage change.
class Downsample : public torch::nn::Module {
 public:
  Downsample(const StageDims& stage, std::int64_t tasks, bool moves_maps) {
    const auto in = stage.channels, out = stage.merged_channels;
    task_prompts_up_ = register_module("task_prompts_up", layers::make_linear(in, out, false));
    if (!moves_maps) return;
    const auto maps = stage.heads * tasks;
    process_chan_attn_ = register_module("process_chan_attn", layers::make_linear(in, out, false));
    spa_attn_ds_ = register_module(
        "spa_attn_ds",
        torch::nn::Conv2d(torch::nn::Conv2dOptions(maps, maps, 3).stride(2).padding(1)));
  }

  torch::Tensor forward(const torch::Tensor& prompts, StageTrace& kept) {
    if (spa_attn_ds_ && kept.spatial.defined()) {
      // Channel order head-major: head * T + task.
      const auto merged = spa_attn_ds_->forward(kept.spatial.flatten(1, 2));
      kept.spatial = merged.unflatten(1, {kept.spatial.size(1), kept.spatial.size(2)});
      kept.channel = process_chan_attn_->forward(kept.channel.movedim(2, -1)).movedim(-1, 2);
    }
    return task_prompts_up_->forward(prompts);
  }

 private:
  torch::nn::Linear task_prompts_up_{nullptr}, process_chan_attn_{nullptr};
  torch::nn::Conv2d spa_attn_ds_{nullptr};
};

class Layer : public torch::nn::Module {
 public:
  Layer() : blocks(register_module("blocks", torch::nn::ModuleList())) {}

  torch::nn::ModuleList blocks{
      nullptr};  // ChannelAttention, or an empty module where none is needed
  std::shared_ptr<Downsample> downsample;
};

class SpatialChannel final : public Prompt {
 public:
  static Spec spec() {
    return Spec("spatial_channel", "Task prompts with spatial and channel attention, for decoding.")
        .param("channel_dim", 256, "E, width of the channel attention", at_least(1))
        .param("channel_heads", 1, "heads of the channel attention, a square number", at_least(1))
        .param(
            "channel", "pooled",
            "keys from patches averaged over a fixed grid, or from every patch (fixed image size)",
            one_of({"pooled", "full"}))
        .param("pool", std::vector<std::int64_t>{8, 16},
               "height and width of the fixed grid of the pooled form, cells", at_least(1))
        .input("prompts", "B T C")
        .output("spatial", "S x [B heads T H W]")
        .output("channel", "S x [B T C nh nw]")
        .source("Ye and Xu 2023, section 3");
  }

  static PromptPorts ports(const Params& params, const Dims& dims) {
    const auto entries = params.integers("pool").size();
    if (entries != 2) {
      throw Error("module.120", "prompt 'spatial_channel'",
                  "pool has " + std::to_string(entries) + " entries",
                  "Give two: height and width of the grid in cells.");
    }
    return {.prompts = dims["T"],
            .keeps = {"spatial", "channel"},
            .are_of_tasks = true,
            .is_fixed_size = params.text("channel") == "full"};
  }

  SpatialChannel(const Params& params, const Dims& dims) : is_decoded_(dims.decoded) {
    const layers::ChannelAttention::Options options{
        .width = params.integer("channel_dim"),
        .heads = params.integer("channel_heads"),
        .grid = {params.integers("pool")[0], params.integers("pool")[1]},
        .is_pooled = params.text("channel") == "pooled"};
    task_prompts_ =
        register_parameter("task_prompts", torch::empty({dims["T"], dims.stages.front().channels}));
    layers::fill_truncated_normal(task_prompts_, {.std = 1, .mean = 1, .low = -2, .high = 2});
    auto list = register_module("layers", torch::nn::ModuleList());
    for (std::size_t s = 0; s < dims.stages.size(); ++s) {
      const auto& stage = dims.stages[s];
      const bool is_last_stage = s + 1 == dims.stages.size();
      auto layer = std::make_shared<Layer>();
      list->push_back(layer);
      layers_.push_back(layer);
      for (std::int64_t b = 0; b < stage.blocks; ++b) {
        const bool is_last = b + 1 == stage.blocks;
        const BlockNeeds needs{.updates = !(is_last && is_last_stage) || dims.reads_final_prompts,
                               .keeps = is_last && dims.decoded};
        add_block(*layer, options, stage, needs);
      }
      if (is_last_stage) break;
      layer->downsample = layer->register_module(
          "downsample",
          std::make_shared<Downsample>(stage, dims["T"], dims.decoded && is_merged(dims, s)));
    }
  }

  torch::Tensor initial(std::int64_t batch) override {
    return task_prompts_.unsqueeze(0).expand({batch, -1, -1});
  }

  Update attended(const BlockInfo& info, const PromptView& own, StageTrace& kept) override {
    auto& blocks = layers_[static_cast<std::size_t>(info.stage)]->blocks;
    auto* channel = blocks[static_cast<std::size_t>(info.block)]->as<layers::ChannelAttention>();
    if (channel == nullptr) return {};
    const auto result = channel->forward(own.prompts, own.patches_attended);
    if (info.is_last_of_stage && is_decoded_) {
      kept.spatial = own.patch_logits();
      kept.channel = result.logits;
    }
    return {.prompts = result.prompts, .patches = {}};
  }

  torch::Tensor merge(std::int64_t stage, const StageDims&, const torch::Tensor& own,
                      StageTrace& kept) override {
    return layers_[static_cast<std::size_t>(stage)]->downsample->forward(own, kept);
  }

 private:
  /// Does the pyramid take this stage's level after the merge? Then its maps move along.
  static bool is_merged(const Dims& dims, std::size_t stage) {
    for (const auto& level : dims.levels) {
      if (level.stage != static_cast<std::int64_t>(stage)) continue;
      return level.height == dims.stages[stage].merged_height &&
             level.width == dims.stages[stage].merged_width &&
             level.channels == dims.stages[stage].merged_channels;
    }
    return false;
  }

  static void add_block(Layer& layer, layers::ChannelAttention::Options options,
                        const StageDims& stage, BlockNeeds needs) {
    if (!needs.updates && !needs.keeps) {
      layer.blocks->push_back(torch::nn::Identity());
      return;
    }
    options.channels = stage.channels;
    if (!options.is_pooled) options.grid = {stage.height, stage.width};
    options.updates_prompts = needs.updates;
    layer.blocks->push_back(std::make_shared<layers::ChannelAttention>(options));
  }

  torch::Tensor task_prompts_;  // [T, C]
  std::vector<std::shared_ptr<Layer>> layers_;
  bool is_decoded_;
};

}  // namespace

TRIPTYCH_PLUGIN(SpatialChannel)
