#include "task_prompts.h"

#include <torch/nn.h>
#include <triptych/error.h>
#include <triptych/layers/init.h>
#include <triptych/layers/linear.h>

namespace task_prompts {

using namespace triptych;

namespace {

/// What one block needs: nothing at all in a last block whose prompts and maps nobody reads.
struct BlockNeeds {
  bool updates = false;  // the prompts that leave the block are read
  bool keeps = false;    // its maps are decoded
};

/// Carries prompts and kept maps over a stage change.
class Downsample : public torch::nn::Module {
 public:
  /// `moved`: the maps that move along.
  Downsample(const StageDims& stage, std::int64_t tasks, Halves moved) {
    const auto in = stage.channels, out = stage.merged_channels;
    task_prompts_up_ = register_module("task_prompts_up", layers::make_linear(in, out, false));
    if (moved.channel) {
      process_chan_attn_ =
          register_module("process_chan_attn", layers::make_linear(in, out, false));
    }
    if (!moved.spatial) return;
    const auto maps = stage.heads * tasks;
    spa_attn_ds_ = register_module(
        "spa_attn_ds",
        torch::nn::Conv2d(torch::nn::Conv2dOptions(maps, maps, 3).stride(2).padding(1)));
  }

  torch::Tensor forward(const torch::Tensor& prompts, StageTrace& kept) {
    if (spa_attn_ds_ && kept.spatial.defined()) {
      // Channel order head-major: head * T + task.
      const auto merged = spa_attn_ds_->forward(kept.spatial.flatten(1, 2));
      kept.spatial = merged.unflatten(1, {kept.spatial.size(1), kept.spatial.size(2)});
    }
    if (process_chan_attn_ && kept.channel.defined()) {
      kept.channel = process_chan_attn_->forward(kept.channel.movedim(2, -1)).movedim(-1, 2);
    }
    return task_prompts_up_->forward(prompts);
  }

 private:
  torch::nn::Linear task_prompts_up_{nullptr}, process_chan_attn_{nullptr};
  torch::nn::Conv2d spa_attn_ds_{nullptr};
};

/// Does the pyramid take this stage's level after the merge? Then its maps move along.
bool is_merged(const Dims& dims, std::size_t stage) {
  for (const auto& level : dims.levels) {
    if (level.stage != static_cast<std::int64_t>(stage)) continue;
    return level.height == dims.stages[stage].merged_height &&
           level.width == dims.stages[stage].merged_width &&
           level.channels == dims.stages[stage].merged_channels;
  }
  return false;
}

/// Channel attention, or an empty module where none is needed.
std::shared_ptr<torch::nn::Module> make_block(layers::ChannelAttention::Options options,
                                              const StageDims& stage, BlockNeeds needs) {
  if (!needs.updates && !needs.keeps) return torch::nn::Identity().ptr();
  options.channels = stage.channels;
  if (!options.is_pooled) options.grid = {stage.height, stage.width};
  options.updates_prompts = needs.updates;
  return std::make_shared<layers::ChannelAttention>(options);
}

}  // namespace

class TaskPrompts::Layer : public torch::nn::Module {
 public:
  Layer() : blocks(register_module("blocks", torch::nn::ModuleList())) {}

  torch::nn::ModuleList blocks{nullptr};
  std::shared_ptr<Downsample> downsample;
};

Spec with_channel_params(Spec spec) {
  return std::move(spec)
      .param("channel_dim", 256, "E, width of the channel attention", at_least(1))
      .param("channel_heads", 1, "heads of the channel attention, a square number", at_least(1))
      .param("channel", "pooled",
             "keys from patches averaged over a fixed grid, or from every patch (fixed image size)",
             one_of({"pooled", "full"}))
      .param("pool", std::vector<std::int64_t>{8, 16},
             "height and width of the fixed grid of the pooled form, cells", at_least(1));
}

layers::ChannelAttention::Options channel_options(const std::string& plugin, const Params& params) {
  const auto& pool = params.integers("pool");
  if (pool.size() != 2) {
    throw Error("module.120", "prompt '" + plugin + "'",
                "pool has " + std::to_string(pool.size()) + " entries",
                "Give two: height and width of the grid in cells.");
  }
  return {.width = params.integer("channel_dim"),
          .heads = params.integer("channel_heads"),
          .grid = {pool[0], pool[1]},
          .is_pooled = params.text("channel") == "pooled"};
}

TaskPrompts::TaskPrompts(Halves halves, const layers::ChannelAttention::Options& options,
                         const Dims& dims)
    : halves_(halves), is_decoded_(dims.decoded) {
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
      const bool updates = !(is_last && is_last_stage) || dims.reads_final_prompts;
      layer->blocks->push_back(make_block(options, stage,
                                          {.updates = halves.channel && updates,
                                           .keeps = halves.channel && is_last && is_decoded_}));
    }
    if (is_last_stage) break;
    const bool moves_maps = is_decoded_ && is_merged(dims, s);
    layer->downsample = layer->register_module(
        "downsample",
        std::make_shared<Downsample>(stage, dims["T"],
                                     Halves{.spatial = moves_maps && halves.spatial,
                                            .channel = moves_maps && halves.channel}));
  }
}

TaskPrompts::~TaskPrompts() = default;

torch::Tensor TaskPrompts::initial(std::int64_t batch) {
  return task_prompts_.unsqueeze(0).expand({batch, -1, -1});
}

Update TaskPrompts::attended(const BlockInfo& info, const PromptView& own, StageTrace& kept) {
  const bool keeps = info.is_last_of_stage && is_decoded_;
  if (keeps && halves_.spatial) kept.spatial = own.patch_logits();
  auto& blocks = layers_[static_cast<std::size_t>(info.stage)]->blocks;
  auto* channel = blocks[static_cast<std::size_t>(info.block)]->as<layers::ChannelAttention>();
  if (channel == nullptr) return {};
  const auto result = channel->forward(own.prompts, own.patches_attended);
  if (keeps) kept.channel = result.logits;
  return {.prompts = result.prompts, .patches = {}};
}

torch::Tensor TaskPrompts::merge(std::int64_t stage, const StageDims&, const torch::Tensor& own,
                                 StageTrace& kept) {
  return layers_[static_cast<std::size_t>(stage)]->downsample->forward(own, kept);
}

}  // namespace task_prompts
