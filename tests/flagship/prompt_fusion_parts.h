#pragma once

#include "prompt_fusion.h"

/// Prompt fusion alone: one block's part and one level's part on small inputs of double, gates 0.5.

namespace triptych::testing {

struct PartSize {
  std::int64_t tasks = 2;
  std::int64_t per_task = 1;  // prompts
  std::int64_t others = 0;    // prompts of another part, before those of the tasks
  std::int64_t height = 4;    // cells
  std::int64_t width = 6;
  std::int64_t channels = 5;
  std::int64_t batch = 1;

  std::int64_t prompts() const { return others + tasks * per_task; }
  StageDims stage() const {
    return {.height = height,
            .width = width,
            .channels = channels,
            .heads = 2,
            .blocks = 1,
            .merged_height = height,
            .merged_width = width,
            .merged_channels = channels};
  }
  Dims dims() const {
    Dims dims;
    for (std::int64_t t = 0; t < tasks; ++t) dims.tasks.push_back({.name = std::to_string(t)});
    dims.stages = {stage()};
    dims.levels = {
        {.height = height, .width = width, .channels = channels, .stride = 4, .stage = 0}};
    dims.features.assign(static_cast<std::size_t>(tasks), dims.levels);
    dims.kept_maps = {"spatial", "channel"};
    dims.reads_final_prompts = true;
    dims.prompts = prompts();
    dims.task_prompts = {.begin = others, .count = tasks * per_task};
    return dims;
  }
};

inline torch::Tensor drawn(torch::IntArrayRef shape, std::uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  return torch::randn(shape, generator, torch::kDouble);
}

/// In the same place: whoever holds a parameter holds it in double.
inline void make_double(torch::nn::Module& module) {
  for (auto& parameter : module.parameters()) parameter.set_data(parameter.to(torch::kDouble));
}

/// The part after the one block of the encoder, whose prompts are read.
struct BlockCase {
  PartSize size;
  torch::Tensor patches, prompts;  // [B, H, W, C], [B, P, C]
  std::shared_ptr<Prompt> part;

  explicit BlockCase(const Values& values = {}, const PartSize& of = {})
      : size(of),
        patches(drawn({of.batch, of.height, of.width, of.channels}, 1)),
        prompts(drawn({of.batch, of.prompts(), of.channels}, 2)) {
    torch::manual_seed(3);
    const auto params = prompt_fusion("prompt", values).params;
    const auto& factory = plugins().prompt("prompt_fusion");
    (void)factory.ports(params, of.dims());
    part = factory.build(params, of.dims());
    make_double(*part);
  }

  /// What the part leaves: prompts and patches.
  Outputs run(std::uint64_t seed = 3) const {
    auto side = context(/*is_training=*/false, seed);
    State state;
    state.context = &side;
    state.patches = patches;
    state.prompts = prompts;
    part->after_block({.stage = 0, .block = 0, .dims = size.stage()}, state);
    return {state.prompts, state.patches};
  }
};

/// The part at one level: before a decoder of the kept maps, or with none after it.
struct LevelCase {
  PartSize size;
  torch::Tensor map, prompts;      // [B, C, H, W], [B, P, C]
  torch::Tensor spatial, channel;  // kept maps: [B, 2, T, H, W], [B, T, C, 1, 1]
  bool is_decoded;
  std::shared_ptr<Fusion> part;
  TaskFeatures features;  // of the last run

  explicit LevelCase(const Values& values = {}, const PartSize& of = {}, bool decoded = true)
      : size(of),
        map(drawn({of.batch, of.channels, of.height, of.width}, 1)),
        prompts(drawn({of.batch, of.prompts(), of.channels}, 2)),
        spatial(drawn({of.batch, 2, of.tasks, of.height, of.width}, 5)),
        channel(drawn({of.batch, of.tasks, of.channels, 1, 1}, 6)),
        is_decoded(decoded) {
    auto dims = of.dims();
    dims.decoded = decoded;
    torch::manual_seed(4);
    const auto params = prompt_fusion("fusion", values).params;
    const auto& factory = plugins().fusion("prompt_fusion");
    (void)factory.ports(params, dims);
    part = factory.build(params, dims);
    make_double(*part);
  }

  /// What the part leaves: the kept maps where they are decoded, else the maps of the tasks.
  Outputs run(std::uint64_t seed = 3) {
    auto side = context(/*is_training=*/false, seed);
    std::vector<Stream> streams(1);
    streams[0].pyramid = {{.map = map, .stride = 4}};
    auto& kept = streams[0].trace.stages.emplace_back();
    kept.prompts = prompts;
    kept.spatial = spatial;
    kept.channel = channel;
    const Images images;
    const FusionIn in{
        .images = images,
        .streams = streams,
        .features = TaskFeatures(static_cast<std::size_t>(size.tasks), streams[0].pyramid)};
    features = part->forward(in, side);
    if (is_decoded) return {kept.spatial, kept.channel};
    Outputs maps;
    for (const auto& own : features) maps.push_back(own[0].map);
    return maps;
  }
};

/// The readings that a descriptor has in the blocks or at the levels, "none" left out.
using Readings = std::vector<std::pair<std::string, std::vector<std::string>>>;

inline Readings readings(const std::string& place) {
  const bool is_block = place == "blocks";
  const std::vector<std::string> salient{"max", "topk", "learned"};
  const std::vector<std::string> trend{"average", "low_pass", "weighted"};
  const auto of_place = [&](const std::vector<std::string>& all) {
    return std::vector<std::string>(all.begin(), all.end() - (is_block ? 0 : 1));
  };
  return {{"image_salient", of_place(salient)},  {"image_trend", of_place(trend)},
          {"image_raw", {"identity", "linear"}}, {"prompt_salient", {"max"}},
          {"prompt_trend", {"average"}},         {"prompt_raw", {"identity", "linear"}}};
}

inline Values all_off() {
  Values values;
  for (const auto& [descriptor, unused] : readings("blocks")) values[descriptor] = "none";
  return values;
}

}  // namespace triptych::testing
