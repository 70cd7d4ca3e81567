// Gradients of prompt fusion against finite differences, in double and with open gates.
#include "prompt_fusion.h"

namespace triptych::testing {
namespace {

void to_double(torch::nn::Module& model) {
  const auto cast = [](torch::Tensor tensor) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kDouble));
  };
  for (const auto& parameter : model.parameters()) cast(parameter);
  for (const auto& buffer : model.buffers()) cast(buffer);
}

// One number in which every element of every output counts.
torch::Tensor scalar_of(compose::Model& model, const Images& images) {
  auto generator = at::detail::createCPUGenerator(11);
  auto sum = torch::zeros({}, torch::kDouble);
  for (const auto& map : outputs_of(model, images)) {
    sum = sum + (map * torch::randn(map.sizes(), generator, torch::kDouble)).sum();
  }
  return sum;
}

// The derivative along one random direction of image and all parameters of prompts and fusions.
void expect_gradient(const compose::Request& request, const std::string& what) {
  constexpr double kStep = 1e-6;
  const auto model = composed(request);
  to_double(*model);
  auto images = random_images(request, 1);
  images.rgb = images.rgb.to(torch::kDouble).requires_grad_();
  std::vector<torch::Tensor> moved{images.rgb};
  for (const auto& item : model->named_parameters()) {
    const auto& name = item.key();
    if (name.starts_with("prompt") || name.starts_with("fusion")) moved.push_back(item.value());
  }
  scalar_of(*model, images).backward();
  auto generator = at::detail::createCPUGenerator(5);
  std::vector<torch::Tensor> direction;
  double expected = 0;
  for (const auto& tensor : moved) {
    const auto along = torch::randn(tensor.sizes(), generator, torch::kDouble);
    direction.push_back(along / std::max(1.0, along.norm().item<double>()));
    ASSERT_TRUE(tensor.grad().defined()) << what << ": a parameter is not reached";
    expected += (tensor.grad() * direction.back()).sum().item<double>();
  }
  const torch::NoGradGuard no_grad;
  const auto at_offset = [&](double offset) {
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i].add_(direction[i], offset);
    return scalar_of(*model, images).item<double>();
  };
  const auto above = at_offset(kStep);
  const auto found = (above - at_offset(-2 * kStep)) / (2 * kStep);
  EXPECT_NEAR(found, expected, 1e-5 * std::max(1.0, std::abs(expected))) << what;
}

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
    expect_gradient(with_fusion(task_prompter(2), "blocks", blocks[i]),
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
    expect_gradient(with_fusion(task_prompter(2), "levels", levels[i]),
                    "levels " + std::to_string(i));
  }
  expect_gradient(with_fusion(task_prompter(3), "both"), "both, three tasks");
  expect_gradient(with_fusion(task_prompter(1), "both"), "both, one task");
}

TEST(PromptFusionGradient, of_task_features_is_that_of_finite_differences) {
  for (const std::string update : {"multiply", "add"}) {
    auto decoded = task_prompter(2);
    decoded.slots.fusion.push_back(prompt_fusion("fusion", {{"update", update}}));
    expect_gradient(decoded, "after the decoder, " + update);
    auto shared = task_prompter(2);
    shared.slots.prompt = {
        module("prompt", "task_tokens", {{"prompts_per_task", std::int64_t{2}}})};
    shared.slots.fusion = {prompt_fusion("fusion", {{"update", update}})};
    expect_gradient(shared, "of a shared pyramid, two prompts per task, " + update);
  }
  auto apart = task_prompter(2);
  apart.slots.fusion = {module("fusion", "gated"), prompt_fusion("fusion"), apart.slots.fusion[0]};
  EXPECT_EQ(compose::check_contract(apart, plugins()).streams.size(), 2u);
  expect_gradient(apart, "one encoder per task");
}

}  // namespace
}  // namespace triptych::testing
