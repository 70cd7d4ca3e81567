#pragma once

#include "../contract/fixture.h"

namespace triptych::testing {

/// `tasks` on 32 x 48 images: patch, a small Swin of two stages without drop path, no prompts.
inline compose::Request small_swin(const std::vector<std::string>& tasks = {"semseg", "depth"}) {
  compose::Request request{.image = {32, 48}, .tasks = {}, .slots = {}};
  for (const auto& name : tasks) request.tasks.push_back(task(name));
  request.slots.embedding = module("embedding", "patch", {{"width", std::int64_t{16}}});
  request.slots.encoder = module("encoder", "swin",
                                 {{"depths", std::vector<std::int64_t>{2, 2}},
                                  {"head_dim", std::int64_t{8}},
                                  {"window", std::int64_t{4}}});
  return request;
}

/// Channel attention of width 16 over 2 x 3 cells, for `spatial_channel` and `channel`.
inline manifest::ModuleChoice small_prompt(const std::string& name, Values values = {}) {
  values.insert({{"channel_dim", std::int64_t{16}}, {"pool", std::vector<std::int64_t>{2, 3}}});
  return module("prompt", name, values);
}

inline manifest::ModuleChoice small_decode() {
  return module("fusion", "prompt_decode",
                {{"decode_width", std::int64_t{8}},
                 {"width", std::int64_t{12}},
                 {"upsample", std::int64_t{1}}});
}

/// The same request with a prompt chain, and decoding if asked.
inline compose::Request with_prompts(compose::Request request,
                                     const std::vector<manifest::ModuleChoice>& prompts,
                                     bool is_decoded) {
  request.slots.prompt = prompts;
  if (is_decoded) request.slots.fusion = {small_decode()};
  return request;
}

/// Every inner tensor and prediction of one evaluation pass, by its public name.
inline std::map<std::string, torch::Tensor> tensors_of(compose::Model& model,
                                                       const compose::Request& request) {
  std::map<std::string, torch::Tensor> seen;
  auto side = context();
  side.listener = [&](std::string_view name, const at::Tensor& tensor) {
    seen[std::string(name)] = tensor;
  };
  const torch::NoGradGuard no_grad;
  model.eval();
  (void)model.forward(random_images(request), side);
  return seen;
}

inline std::map<std::string, torch::Tensor> tensors_of(const compose::Request& request) {
  return tensors_of(*composed(request), request);
}

}  // namespace triptych::testing
