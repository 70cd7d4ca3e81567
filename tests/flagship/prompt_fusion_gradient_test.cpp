// Gradients of prompt fusion against finite differences, in double and with open gates.
#include "model_gradient.h"
#include "prompt_fusion.h"

namespace triptych::testing {
namespace {

TEST(PromptFusionGradient, with_open_gates_is_that_of_finite_differences) {
  const std::vector<Values> blocks{
      {},
      {{"image_salient", "max"}, {"image_trend", "average"}, {"image_raw", "linear"}},
      {{"image_salient", "topk"}, {"image_trend", "low_pass"}, {"prompt_raw", "linear"}},
      {{"fuse", "attention"}},
      {{"fuse", "concat_linear"}, {"on", "image"}},
      {{"on", "prompt"}, {"prompt_attention", false}},
      {{"on", "prompt"}, {"image_salient", "max"}, {"image_trend", "none"}, {"image_raw", "none"}},
      {{"control", "plain"}},
      {{"control", "shuffled"}}};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    expect_model_gradient(with_fusion(task_prompter(2), "blocks", blocks[i]),
                          "blocks " + std::to_string(i));
  }
  const std::vector<Values> levels{
      {},
      {{"image_salient", "topk"}, {"image_trend", "low_pass"}, {"image_raw", "linear"}},
      {{"fuse", "attention"}, {"prompt_raw", "linear"}},
      {{"fuse", "concat_linear"}, {"on", "image"}},
      {{"on", "prompt"}, {"prompt_attention", false}},
      {{"control", "plain"}},
      {{"control", "shuffled"}}};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    expect_model_gradient(with_fusion(task_prompter(2), "levels", levels[i]),
                          "levels " + std::to_string(i));
  }
  expect_model_gradient(with_fusion(task_prompter(3), "both"), "both, three tasks");
  expect_model_gradient(with_fusion(task_prompter(1), "both"), "both, one task");
}

TEST(PromptFusionGradient, of_task_features_is_that_of_finite_differences) {
  for (const std::string update : {"multiply", "add"}) {
    auto decoded = task_prompter(2);
    decoded.slots.fusion.push_back(prompt_fusion("fusion", {{"update", update}}));
    expect_model_gradient(decoded, "after the decoder, " + update);
    auto shared = task_prompter(2);
    shared.slots.prompt = {
        module("prompt", "task_tokens", {{"prompts_per_task", std::int64_t{2}}})};
    shared.slots.fusion = {prompt_fusion("fusion", {{"update", update}})};
    expect_model_gradient(shared, "of a shared pyramid, two prompts per task, " + update);
  }
  auto apart = task_prompter(2);
  apart.slots.fusion = {module("fusion", "gated"), prompt_fusion("fusion"), apart.slots.fusion[0]};
  EXPECT_EQ(compose::check_contract(apart, plugins()).streams.size(), 2u);
  expect_model_gradient(apart, "one encoder per task");
}

}  // namespace
}  // namespace triptych::testing
