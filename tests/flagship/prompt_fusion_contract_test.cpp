// What the contract of prompt fusion refuses, and whose rows it finds.
#include "prompt_fusion.h"

namespace triptych::testing {
namespace {

using ::testing::HasSubstr;

TEST(PromptFusionContract, says_what_is_missing) {
  const auto base = task_prompter(2);
  const auto refused = [&](const std::string& place, const Values& values) {
    return problem_of(with_fusion(base, place, values));
  };
  for (const std::string place : {"blocks", "levels"}) {
    const auto off = refused(
        place,
        {{"control", "noise"}, {"control_descriptor", "image_trend"}, {"image_trend", "none"}});
    EXPECT_EQ(off.code, "module.170");
    EXPECT_THAT(off.message, HasSubstr("image_trend"));
    EXPECT_EQ(refused(place, {{"low_pass_grid", std::vector<std::int64_t>{4}}}).code, "module.120");
  }
  const Values nothing{{"image_salient", "none"},  {"image_trend", "none"},  {"image_raw", "none"},
                       {"prompt_salient", "none"}, {"prompt_trend", "none"}, {"prompt_raw", "none"},
                       {"prompt_attention", false}};
  EXPECT_EQ(refused("blocks", nothing).code, "module.172");
  EXPECT_EQ(refused("levels", nothing).code, "module.172");

  auto alone = base;
  alone.slots.prompt = {prompt_fusion("prompt")};
  alone.slots.fusion = {};
  EXPECT_EQ(problem_of(alone).code, "module.171");
  alone.slots.prompt = {module("prompt", "deep_rows")};
  alone.slots.fusion = {prompt_fusion("fusion")};
  const auto ownerless = problem_of(alone);
  EXPECT_EQ(ownerless.code, "module.171");
  EXPECT_EQ(ownerless.pointer, "/slots/fusion/0");
}

TEST(PromptFusionContract, refuses_features_that_differ_between_the_tasks) {
  const auto& factory = plugins().fusion("prompt_fusion");
  auto dims =
      compose::check_contract(with_fusion(task_prompter(2), "levels"), plugins()).fusions[0].dims;
  const auto params = prompt_fusion("fusion").params;
  EXPECT_NO_THROW((void)factory.ports(params, dims));
  dims.features[1][0].channels += 1;
  try {
    (void)factory.ports(params, dims);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.173");
    EXPECT_THAT(error.problem().message, HasSubstr("differ at level 0"));
    EXPECT_THAT(error.problem().suggestion, HasSubstr("same channels"));
  }
}

TEST(PromptFusionContract, finds_the_rows_of_the_tasks_behind_those_of_others) {
  auto request = task_prompter(2);
  request.slots.prompt.insert(request.slots.prompt.begin(), module("prompt", "deep_rows"));
  request.slots.fusion.insert(request.slots.fusion.begin(), prompt_fusion("fusion"));
  const auto rows = compose::check_contract(request, plugins()).fusions[0].dims.task_prompts;
  EXPECT_EQ(rows.begin, 5);  // deep_rows has five
  EXPECT_EQ(rows.count, 2);
}

TEST(PromptFusionContract, refuses_to_act_on_a_map_that_no_prompt_keeps) {
  auto request = task_prompter(2);
  request.slots.prompt = {module("prompt", "map_rows")};  // keeps the spatial map alone
  request.slots.fusion = {prompt_fusion("fusion", {{"on", "prompt"}}),
                          module("fusion", "map_decode")};
  try {
    (void)composed(request);
    FAIL() << "composed";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.174");
  }
}

}  // namespace
}  // namespace triptych::testing
