// Gradients of the prompts against finite differences in double, with every value of their params.
#include "model_gradient.h"
#include "prompts_fixture.h"

namespace triptych::testing {
namespace {

using Chain = std::vector<manifest::ModuleChoice>;

void expect_prompt_gradient(const Chain& chain, bool is_decoded, const std::string& what) {
  for (const std::string levels : {"merged", "unmerged"}) {
    for (const auto& tasks : {std::vector<std::string>{"depth"}, {"semseg", "depth"}}) {
      auto request = with_prompts(small_swin(tasks), chain, is_decoded);
      request.slots.encoder.params = request.slots.encoder.params.with("levels", levels);
      expect_model_gradient(request, what + " " + levels + " T=" + std::to_string(tasks.size()));
    }
  }
}

TEST(PromptGradients, OfSpatialAndChannelAreThoseOfFiniteDifferences) {
  const auto spatial = module("prompt", "spatial");
  expect_prompt_gradient({spatial}, true, "spatial");
  const std::vector<Values> settings{
      {}, {{"channel", "full"}}, {{"channel_heads", std::int64_t{4}}}};
  for (const auto& values : settings) {
    for (const std::string name : {"channel", "spatial_channel"}) {
      expect_prompt_gradient({small_prompt(name, values)}, true, name);
    }
    expect_prompt_gradient({spatial, small_prompt("channel", values)}, true, "both halves");
  }
}

TEST(PromptGradients, OfVisualPromptsAreThoseOfFiniteDifferences) {
  for (const std::string merge : {"linear", "repeat", "fresh"}) {
    expect_prompt_gradient({module("prompt", "vpt_shallow", {{"merge", merge}})}, false, merge);
  }
  expect_prompt_gradient({module("prompt", "vpt_deep")}, false, "deep");
}

}  // namespace
}  // namespace triptych::testing
