// Visual prompts: special values, other ways to write them, and training with a frozen encoder.
#include "../train/fixture.h"
#include "prompts_fixture.h"
#include "triptych/compose/dry_run.h"
#include "triptych/train/weights.h"

namespace triptych::testing {
namespace {

manifest::ModuleChoice vpt(const std::string& name, std::int64_t count, Values values = {}) {
  values.insert({"count", count});
  return module("prompt", name, values);
}

/// Gives the first prompt part of `to` the values of that of `from`, in their order.
void copy_in_order(const compose::Model& from, const compose::Model& to) {
  const torch::NoGradGuard no_grad;
  const auto source = from.parameters_of("prompt.0"), target = to.parameters_of("prompt.0");
  ASSERT_EQ(source.size(), target.size());
  for (std::size_t i = 0; i < source.size(); ++i) target[i].value().copy_(source[i].value());
}

/// Are the predictions of both prompts the same bits once the second has the weights of the first?
void expect_same(const compose::Request& request, const manifest::ModuleChoice& first,
                 const manifest::ModuleChoice& second) {
  const auto a = with_prompts(request, {first}, false), b = with_prompts(request, {second}, false);
  const auto left = composed(a), right = composed(b);
  copy_in_order(*left, *right);
  EXPECT_TRUE(torch::equal(tensors_of(*left, a).at("depth"), tensors_of(*right, b).at("depth")));
}

compose::Request of_depths(const std::vector<std::int64_t>& depths) {
  auto request = small_swin();
  request.slots.encoder.params = request.slots.encoder.params.with("depths", depths);
  return request;
}

TEST(VptShallow, IsTaskTokensOfTheSameNumber) {
  expect_same(small_swin(), vpt("vpt_shallow", 2), module("prompt", "task_tokens"));
}

TEST(VptShallow, WithFreshTokensPerStageIsDeepWhereStagesHaveOneBlock) {
  expect_same(of_depths({1, 1}), vpt("vpt_shallow", 3, {{"merge", "fresh"}}), vpt("vpt_deep", 3));
}

TEST(VptDeep, HasFreshTokensInEveryBlock) {
  expect_same(small_swin(), vpt("vpt_deep", 5),
              module("prompt", "deep_rows", {{"rows", std::int64_t{5}}}));
}

TEST(VptDeep, OfOneBlockIsShallow) {
  expect_same(of_depths({1}), vpt("vpt_deep", 4), vpt("vpt_shallow", 4));
}

TEST(VptShallow, OfOneStageIsTheSameInAllReadings) {
  for (const std::string merge : {"repeat", "fresh"}) {
    expect_same(of_depths({2}), vpt("vpt_shallow", 3), vpt("vpt_shallow", 3, {{"merge", merge}}));
  }
}

TEST(VptShallow, RepeatsItsTokensOverAMerge) {
  const auto request =
      with_prompts(of_depths({1, 1}), {vpt("vpt_shallow", 3, {{"merge", "repeat"}})}, false);
  auto linear = request;
  linear.slots.prompt = {vpt("vpt_shallow", 3)};
  const auto repeating = composed(request), mapping = composed(linear);
  const torch::NoGradGuard no_grad;
  auto target = mapping->named_parameters();
  target["prompt.0.tokens0"].copy_(repeating->named_parameters()["prompt.0.tokens0"]);
  target["prompt.0.ups.0.weight"].copy_(torch::eye(16).repeat({2, 1}));  // p beside itself
  EXPECT_TRUE(torch::allclose(tensors_of(*repeating, request).at("depth"),
                              tensors_of(*mapping, linear).at("depth"), 1e-5, 1e-5));
}

TEST(VisualPrompts, HaveTheParametersOfTheirFormulas) {
  const auto count = [](const manifest::ModuleChoice& prompt) {
    const auto model = composed(with_prompts(small_swin(), {prompt}, false));
    std::int64_t sum = 0;
    for (const auto& parameter : model->parameters_of("prompt.0")) sum += parameter.value().numel();
    return sum;
  };
  EXPECT_EQ(count(vpt("vpt_shallow", 5)), 5 * 16 + 16 * 32);
  EXPECT_EQ(count(vpt("vpt_shallow", 5, {{"merge", "repeat"}})), 5 * 16);
  EXPECT_EQ(count(vpt("vpt_shallow", 5, {{"merge", "fresh"}})), 5 * (16 + 32));
  EXPECT_EQ(count(vpt("vpt_deep", 5)), 5 * (2 * 16 + 2 * 32));
}

TEST(VisualPrompts, ReachEveryParameterWhateverTheNumberOfTasks) {
  for (const auto& prompt : {vpt("vpt_shallow", 1), vpt("vpt_shallow", 3, {{"merge", "repeat"}}),
                             vpt("vpt_shallow", 3, {{"merge", "fresh"}}), vpt("vpt_deep", 3)}) {
    EXPECT_GT(compose::dry_run(with_prompts(small_swin({"depth"}), {prompt}, false), plugins())
                  .parameters,
              0);
    EXPECT_GT(compose::dry_run(with_prompts(small_swin(), {prompt}, false), plugins()).parameters,
              0);
  }
}

}  // namespace
}  // namespace triptych::testing

namespace triptych::train {
namespace {

manifest::Manifest with_frozen_encoder(const std::string& prompt, std::int64_t steps) {
  auto made = tiny(steps);
  made.slots.embedding =
      choice("embedding", "patch", {{"stride", std::int64_t{4}}, {"width", std::int64_t{16}}});
  made.slots.encoder = choice("encoder", "swin",
                              {{"depths", std::vector<std::int64_t>{2, 1}},
                               {"head_dim", std::int64_t{8}},
                               {"window", std::int64_t{4}}});
  made.slots.prompt = {choice("prompt", prompt, {{"count", std::int64_t{3}}})};
  made.recipe.groups = {{.match = "embedding.*", .is_frozen = true},
                        {.match = "encoder.*", .is_frozen = true}};
  return made;
}

class FrozenEncoder : public ::testing::TestWithParam<const char*> {};

TEST_P(FrozenEncoder, StaysAsItIsWhilePromptsAndHeadsMove) {
  const auto manifest = with_frozen_encoder(GetParam(), 3);
  const auto initial = compose::compose(compose::check_contract(manifest, plugins()),
                                        static_cast<std::uint64_t>(manifest.seed));
  const Folder folder;
  Journal journal(folder.path());
  const auto outcome =
      run_training(plan_of(manifest, folder.path()), journal, [] { return false; });
  ASSERT_EQ(outcome.status, RunStatus::kDone) << outcome.reason;
  const auto trained = read_weights(outcome.weights);
  int frozen = 0;
  for (const auto& parameter : initial->named_parameters()) {
    const auto& name = parameter.key();
    const bool is_same = torch::equal(parameter.value(), trained.at(name));
    const bool is_frozen = name.starts_with("embedding.") || name.starts_with("encoder.");
    EXPECT_EQ(is_same, is_frozen) << name;
    frozen += is_frozen ? 1 : 0;
  }
  EXPECT_GT(frozen, 20);
}

INSTANTIATE_TEST_SUITE_P(Prompts, FrozenEncoder, ::testing::Values("vpt_shallow", "vpt_deep"));

}  // namespace
}  // namespace triptych::train
