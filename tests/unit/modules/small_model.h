#pragma once

#include "open_plugin.h"

namespace modules_test {

/// An encoder with a chain of one prompt and a fusion, put together as a host does, for a grid.
struct SmallModel {
  using Values = std::map<std::string, ParamValue>;
  struct Options {
    GridDims grid{.height = 6, .width = 10, .channels = 8, .stride = 4};
    std::vector<TaskDims> tasks{{"semseg", 5, false}, {"depth", 1, false}};
    Values encoder{};
    std::string prompt = "spatial_channel";  // "" = none
    Values prompt_params{};
    bool is_decoded = true;
    Values fusion{};
  };

  explicit SmallModel(const Options& options) {
    dims.image = {options.grid.height * 4, options.grid.width * 4};
    dims.tasks = options.tasks;
    dims.grid = options.grid;
    std::vector<std::shared_ptr<Prompt>> parts;
    std::vector<Segment> segments;
    const auto* prompt_factory =
        options.prompt.empty() ? nullptr : &open_factory<PromptFactory>("prompt", options.prompt);
    Params prompt_params;
    PromptPorts prompt_ports;
    if (prompt_factory != nullptr) {
      prompt_params = params_of(prompt_factory->spec(), options.prompt_params);
      prompt_ports = prompt_factory->ports(prompt_params, dims);
      dims.prompts = prompt_ports.prompts;
      dims.decoded = options.is_decoded;
    }
    const auto& encoder_factory = open_factory<EncoderFactory>("encoder", "swin");
    const auto encoder_params = params_of(encoder_factory.spec(), options.encoder);
    const auto ports = encoder_factory.ports(encoder_params, dims);
    dims.stages = ports.stages;
    dims.levels = ports.levels;
    encoder = encoder_factory.build(encoder_params, dims);
    if (prompt_factory != nullptr) {
      auto own = dims;
      own.segment = {0, dims.prompts};
      prompt = prompt_factory->build(prompt_params, own);
      parts.push_back(prompt);
      segments.push_back(own.segment);
    }
    chain = PromptChain(parts, segments, dims.stages, dims.reads_final_prompts);
    if (!options.is_decoded || prompt_factory == nullptr) return;
    dims.kept_maps = prompt_ports.keeps;
    dims.features.assign(dims.tasks.size(), dims.levels);
    const auto& fusion_factory = open_factory<FusionFactory>("fusion", "prompt_decode");
    const auto fusion_params = params_of(fusion_factory.spec(), options.fusion);
    fusion_ports = fusion_factory.ports(fusion_params, dims);
    fusion = fusion_factory.build(fusion_params, dims);
  }

  Stream encode(const torch::Tensor& patches, Context& context) {
    auto state = encoder->begin({patches}, chain, context);
    for (std::size_t s = 0; s < dims.stages.size(); ++s) {
      encoder->blocks(static_cast<std::int64_t>(s), state);
      if (s + 1 < dims.stages.size()) encoder->merge(static_cast<std::int64_t>(s), state);
    }
    auto levels = encoder->finish(state);
    return {levels, state.trace};
  }

  TaskFeatures decode(const Stream& stream, Context& context) {
    const Images images;
    std::vector<Stream> streams{stream};
    const FusionIn in{.images = images,
                      .streams = streams,
                      .features = TaskFeatures(dims.tasks.size(), stream.pyramid)};
    return fusion->forward(in, context);
  }

  [[nodiscard]] std::vector<std::shared_ptr<torch::nn::Module>> modules() const {
    std::vector<std::shared_ptr<torch::nn::Module>> all{encoder};
    if (prompt) all.push_back(prompt);
    if (fusion) all.push_back(fusion);
    return all;
  }
  [[nodiscard]] std::vector<std::pair<std::string, torch::Tensor>> parameters() const {
    std::vector<std::pair<std::string, torch::Tensor>> all;
    for (const auto& module : modules()) {
      for (const auto& item : module->named_parameters())
        all.emplace_back(item.key(), item.value());
    }
    return all;
  }
  void to_double() {
    for (const auto& module : modules()) module->to(torch::kDouble);
  }

  Dims dims;
  std::shared_ptr<Encoder> encoder;
  std::shared_ptr<Prompt> prompt;
  std::shared_ptr<Fusion> fusion;
  PromptChain chain;
  FusionPorts fusion_ports;
};

inline SmallModel::Values small_swin(std::vector<std::int64_t> depths = {2, 2},
                                     const std::string& levels = "merged",
                                     std::int64_t window = 4) {
  return {{"depths", std::move(depths)},
          {"head_dim", std::int64_t{4}},
          {"window", window},
          {"mlp_ratio", 2.0},
          {"levels", levels}};
}

inline SmallModel::Values small_prompts(const std::string& channel = "pooled",
                                        std::int64_t heads = 1) {
  return {{"channel_dim", std::int64_t{16}},
          {"channel_heads", heads},
          {"channel", channel},
          {"pool", std::vector<std::int64_t>{2, 3}}};
}

inline SmallModel::Values small_decode(std::int64_t upsample = 2) {
  return {{"decode_width", std::int64_t{6}}, {"width", std::int64_t{10}}, {"upsample", upsample}};
}

/// Decoding as in the older of TaskPrompter's Cityscapes-3D models, that of the paper.
inline SmallModel::Values small_paper_decode() {
  return {{"level_width", std::string("own")},
          {"merge", std::string("concat")},
          {"width", std::int64_t{10}},
          {"upsample", std::int64_t{1}}};
}

}  // namespace modules_test
