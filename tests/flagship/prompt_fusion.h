#pragma once

#include "../contract/fixture.h"

/// What the tests of prompt fusion share: a small TaskPrompter and the same with prompt fusion.

namespace triptych::testing {

using Outputs = std::vector<torch::Tensor>;

inline const std::vector<std::string>& three_tasks() {
  static const std::vector<std::string> names{"semseg", "depth", "edges"};
  return names;
}

inline std::vector<std::string> first_tasks(std::size_t count) {
  return {three_tasks().begin(), three_tasks().begin() + static_cast<std::ptrdiff_t>(count)};
}

/// TaskPrompter on 32 x 64 images: grid 8 x 16, two stages of one and two blocks.
inline compose::Request task_prompter(std::size_t tasks, const std::string& levels = "merged") {
  using Integers = std::vector<std::int64_t>;
  compose::Request request{.image = {32, 64}, .tasks = {}, .slots = {}};
  for (const auto& name : first_tasks(tasks)) {
    auto one = task(name, 2, "conv");
    one.head = module("head", "conv", {{"width", std::int64_t{6}}});
    request.tasks.push_back(one);
  }
  request.slots.embedding = module("embedding", "patch", {{"width", std::int64_t{16}}});
  request.slots.encoder = module("encoder", "swin",
                                 {{"depths", Integers{1, 2}},
                                  {"head_dim", std::int64_t{8}},
                                  {"window", std::int64_t{4}},
                                  {"levels", levels}});
  request.slots.prompt = {module("prompt", "spatial_channel",
                                 {{"channel_dim", std::int64_t{16}}, {"pool", Integers{2, 4}}})};
  request.slots.fusion = {module("fusion", "prompt_decode",
                                 {{"decode_width", std::int64_t{6}},
                                  {"width", std::int64_t{8}},
                                  {"upsample", std::int64_t{1}}})};
  return request;
}

/// The same with the decoding of the older of TaskPrompter's models, that of the paper.
inline compose::Request task_prompter_of_paper(std::size_t tasks,
                                               const std::string& levels = "merged") {
  auto request = task_prompter(tasks, levels);
  request.slots.fusion = {module("fusion", "prompt_decode",
                                 {{"level_width", "own"},
                                  {"merge", "concat"},
                                  {"width", std::int64_t{8}},
                                  {"upsample", std::int64_t{1}}})};
  return request;
}

/// `values` over a width of 6 channels; a gate of 0.5 where none is given.
inline manifest::ModuleChoice prompt_fusion(const std::string& slot, Values values = {}) {
  values.insert({"width", std::int64_t{6}});
  values.insert({"top_k", std::int64_t{3}});
  values.insert({"low_pass_grid", std::vector<std::int64_t>{2, 3}});
  values.insert({"gate_start", 0.5});
  return module(slot, "prompt_fusion", values);
}

/// TaskPrompter with prompt fusion in the blocks, at the levels, or both.
inline compose::Request with_fusion(compose::Request request, const std::string& where,
                                    const Values& values = {}) {
  auto& [embedding, encoder, prompt, fusion] = request.slots;
  if (where != "levels") prompt.push_back(prompt_fusion("prompt", values));
  if (where != "blocks") fusion.insert(fusion.begin(), prompt_fusion("fusion", values));
  return request;
}

inline Outputs outputs_of(compose::Model& model, const Images& images, bool is_training = false) {
  model.train(is_training);
  auto side = context(is_training);
  Outputs maps;
  for (const auto& prediction : model.forward(images, side).predictions) {
    maps.push_back(prediction.map);
  }
  return maps;
}

inline bool are_equal(const Outputs& a, const Outputs& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return torch::equal(x, y); });
}

inline std::int64_t size_of(const torch::nn::Module& model) {
  std::int64_t count = 0;
  for (const auto& parameter : model.parameters()) count += parameter.numel();
  return count;
}

/// Gives `target` the values of the parameters of the same names.
inline void copy_weights(const compose::Model& source, compose::Model& target) {
  const torch::NoGradGuard no_grad;
  const auto given = source.named_parameters();
  for (auto& item : target.named_parameters()) {
    ASSERT_TRUE(given.contains(item.key())) << item.key();
    item.value().copy_(given[item.key()]);
  }
}

}  // namespace triptych::testing
