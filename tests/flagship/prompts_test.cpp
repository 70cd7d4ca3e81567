// Spatial and channel prompts, each alone: what their manuals state.
#include <triptych/core/hash.h>
#include <triptych/layers/channel_attention.h>
#include <triptych/layers/init.h>
#include <triptych/layers/window_attention.h>

#include "prompts_fixture.h"
#include "triptych/compose/dry_run.h"

namespace triptych::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Names = std::vector<std::string>;

constexpr double kRounding = 1e-5;  // float32 sums of order 1 in another order

bool is_close(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a, b, kRounding, kRounding);
}

Names names_of(const compose::Model& model, const std::string& part) {
  Names names;
  for (const auto& parameter : model.parameters_of(part)) {
    names.push_back(parameter.key().substr(part.size() + 1));
  }
  return names;
}

/// Copies from `from` every parameter of `to` that has the same name there.
void copy_by_name(const compose::Model& from, const std::string& from_part, compose::Model& to,
                  const std::string& to_part) {
  const torch::NoGradGuard no_grad;
  const auto source = from.parameters_of(from_part);
  for (const auto& parameter : to.parameters_of(to_part)) {
    const auto* found = source.find(from_part + parameter.key().substr(to_part.size()));
    ASSERT_NE(found, nullptr) << parameter.key();
    parameter.value().copy_(*found);
  }
}

// The part as it was before its halves could be taken apart, written down layer by layer.
TEST(SpatialChannel, DrawsItsParametersInTheOrderOfItsLayers) {
  const auto request = with_prompts(small_swin(), {small_prompt("spatial_channel")}, true);
  auto merged = request;
  merged.slots.encoder.params = merged.slots.encoder.params.with("levels", std::string("merged"));
  const auto contract = compose::check_contract(merged, plugins());
  const auto model = compose::compose(contract, 5);
  torch::manual_seed(core::derive_seed(5, contract.streams[0].prompts[0].seed_key));
  std::vector<std::pair<std::string, torch::Tensor>> expected;
  const auto add = [&](const std::string& prefix, const torch::nn::Module& layer) {
    for (const auto& parameter : layer.named_parameters()) {
      expected.emplace_back(prefix + parameter.key(), parameter.value());
    }
  };
  const auto rows = torch::empty({2, 16});
  layers::fill_truncated_normal(rows, {.std = 1, .mean = 1, .low = -2, .high = 2});
  expected.emplace_back("task_prompts", rows);
  for (std::int64_t s = 0; s < 2; ++s) {
    const auto layer = "layers." + std::to_string(s) + ".";
    const std::int64_t channels = s == 0 ? 16 : 32;
    for (std::int64_t b = 0; b < 2; ++b) {
      add(layer + "blocks." + std::to_string(b) + ".",
          layers::ChannelAttention({.channels = channels,
                                    .width = 16,
                                    .grid = {2, 3},
                                    .updates_prompts = s == 0 || b == 0}));
    }
    if (s == 1) break;
    const auto down = layer + "downsample.";
    add(down + "task_prompts_up.", *layers::make_linear(16, 32, /*bias=*/false));
    add(down + "process_chan_attn.", *layers::make_linear(16, 32, /*bias=*/false));
    add(down + "spa_attn_ds.",
        *torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 4, 3).stride(2).padding(1)));
  }
  const auto found = model->parameters_of("prompt.0");
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].key(), "prompt.0." + expected[i].first);
    EXPECT_TRUE(torch::equal(found[i].value(), expected[i].second)) << expected[i].first;
  }
}

TEST(SpatialPrompts, AreSpatialChannelPromptsWithoutTheirChannelUpdate) {
  const auto both = with_prompts(small_swin(), {small_prompt("spatial_channel")}, true);
  const auto half = with_prompts(small_swin(), {module("prompt", "spatial")}, true);
  const auto a = composed(both), b = composed(half);
  copy_by_name(*a, "prompt.0", *b, "prompt.0");
  const auto for_each = [&](const char* word, const auto& change) {
    const torch::NoGradGuard no_grad;
    for (const auto& parameter : a->parameters_of("prompt.0")) {
      if (parameter.key().find(word) != std::string::npos) change(parameter.value());
    }
  };
  torch::manual_seed(4);
  for_each(".blocks.", [](torch::Tensor weight) { weight.normal_(0, 0.4); });
  const auto with_update = tensors_of(*a, both);
  for_each("token_trans1", [](torch::Tensor weight) { weight.zero_(); });
  const auto left = tensors_of(*a, both), right = tensors_of(*b, half);
  for (const std::string stage : {"stage0", "stage1"}) {
    EXPECT_TRUE(is_close(left.at("maps/spatial/" + stage), right.at("maps/spatial/" + stage)));
    EXPECT_FALSE(right.contains("maps/channel/" + stage));
  }
  EXPECT_TRUE(is_close(left.at("encoder/level1"), right.at("encoder/level1")));
  EXPECT_FALSE(is_close(with_update.at("maps/spatial/stage1"), right.at("maps/spatial/stage1")));
}

TEST(SpatialPrompts, UndecodedAreTaskTokensWithOtherInitialValues) {
  const auto spatial = with_prompts(small_swin(), {module("prompt", "spatial")}, false);
  const auto tokens = with_prompts(small_swin(), {module("prompt", "task_tokens")}, false);
  const auto a = composed(spatial), b = composed(tokens);
  const auto from = a->parameters_of("prompt.0"), to = b->parameters_of("prompt.0");
  ASSERT_EQ(from.size(), to.size());
  {
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < to.size(); ++i) to[i].value().copy_(from[i].value());
  }
  EXPECT_TRUE(
      torch::equal(tensors_of(*a, spatial).at("depth"), tensors_of(*b, tokens).at("depth")));
}

// Every encoder that hosts prompts, by whoever: its patches do not see rows that do not attend.
TEST(ChannelPrompts, LeaveThePatchesAsTheyAreWithoutPrompts) {
  int tried = 0;
  for (const auto& name : plugins().names("encoder")) {
    auto plain = small_swin();
    if (name != "swin") plain.slots.encoder = module("encoder", name);
    const auto prompted = with_prompts(plain, {small_prompt("channel")}, false);
    try {
      (void)compose::check_contract(prompted, plugins());
    } catch (const Error&) {
      continue;  // it hosts no prompts
    }
    const auto with = tensors_of(prompted), without = tensors_of(plain);
    EXPECT_TRUE(torch::equal(with.at("encoder/level1"), without.at("encoder/level1"))) << name;
    EXPECT_TRUE(torch::equal(with.at("depth"), without.at("depth"))) << name;
    EXPECT_TRUE(with.contains("prompts/stage0")) << name;
    ++tried;
  }
  EXPECT_GE(tried, 2);
}

// One stage of two blocks, written out: channel update, then the block's own norm2 and MLP.
TEST(ChannelPrompts, FollowTheirFormula) {
  auto request = small_swin();
  request.slots.encoder.params =
      request.slots.encoder.params.with("depths", std::vector<std::int64_t>{2});
  request = with_prompts(request, {small_prompt("channel")}, true);
  const auto model = composed(request);
  const auto seen = tensors_of(*model, request);

  const torch::NoGradGuard no_grad;
  const auto fill = [&](torch::nn::Module& layer, const std::string& prefix) {
    for (const auto& parameter : layer.named_parameters()) {
      parameter.value().copy_(model->named_parameters()[prefix + parameter.key()]);
    }
  };
  auto plain = request;
  plain.slots.prompt.clear();
  plain.slots.fusion.clear();
  auto embedding = std::dynamic_pointer_cast<Embedding>(composed(plain)->parts()[0].module);
  auto side = context();
  auto patches = embedding->forward(random_images(request), side).patches;
  auto prompts = model->named_parameters()["prompt.0.task_prompts"].expand({2, -1, -1});
  for (std::int64_t b = 0; b < 2; ++b) {
    const auto block = "encoder.layers.0.blocks." + std::to_string(b) + ".";
    layers::WindowAttention attention({.channels = 16, .heads = 2, .window = 4});
    layers::Mlp mlp(16, 64);
    auto norm1 = layers::make_layer_norm(16), norm2 = layers::make_layer_norm(16);
    fill(attention, block + "attn.");
    fill(mlp, block + "mlp.");
    fill(*norm1, block + "norm1.");
    fill(*norm2, block + "norm2.");
    layers::ChannelAttention channel(
        {.channels = 16, .width = 16, .grid = {2, 3}, .updates_prompts = b == 0});
    fill(channel, "prompt.0.layers.0.blocks." + std::to_string(b) + ".");
    const auto grid = layers::cut(patches.size(1), patches.size(2), 4, /*shifted=*/b == 1);
    const auto attended = attention.forward(norm1->forward(patches), {}, grid, false).patches;
    const auto result = channel.forward(prompts, attended);
    if (b == 1) {
      EXPECT_TRUE(is_close(seen.at("maps/channel/stage0"), result.logits));
      break;
    }
    patches = patches + attended;
    patches = patches + mlp.forward(norm2->forward(patches));
    prompts = prompts + result.prompts;
    prompts = prompts + mlp.forward(norm2->forward(prompts));
  }
}

TEST(ChannelPrompts, AndSpatialPromptsDoNotSeeEachOther) {
  const auto spatial = module("prompt", "spatial");
  const auto channel = small_prompt("channel");
  const auto alone_a = tensors_of(with_prompts(small_swin(), {spatial}, true));
  for (const bool is_channel_first : {false, true}) {
    const auto chain =
        is_channel_first ? std::vector{channel, spatial} : std::vector{spatial, channel};
    const auto both = tensors_of(with_prompts(small_swin(), chain, true));
    EXPECT_TRUE(is_close(both.at("maps/spatial/stage1"), alone_a.at("maps/spatial/stage1")));
    EXPECT_TRUE(is_close(both.at("encoder/level1"), alone_a.at("encoder/level1")));
    const auto rows = both.at("prompts/stage0");
    EXPECT_TRUE(
        is_close(rows.narrow(1, is_channel_first ? 2 : 0, 2), alone_a.at("prompts/stage0")));
    EXPECT_TRUE(both.contains("maps/channel/stage1"));
  }
}

TEST(Prompts, OfBothKindsReachEveryParameterWhateverTheNumberOfTasks) {
  const auto spatial = module("prompt", "spatial");
  const auto channel = small_prompt("channel"),
             full = small_prompt("channel", {{"channel", "full"}});
  const std::vector<std::vector<manifest::ModuleChoice>> chains{
      {spatial},
      {channel},
      {full},
      {spatial, channel},
      {channel, module("prompt", "vpt_deep"), spatial}};
  for (const auto& tasks : std::vector<Names>{{"semseg"}, {"semseg", "depth", "edges"}}) {
    for (const auto& chain : chains) {
      auto request = with_prompts(small_swin(tasks), chain, true);
      EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
      request.slots.fusion.insert(request.slots.fusion.begin(), module("fusion", "gated"));
      EXPECT_EQ(compose::check_contract(request, plugins()).streams.size(), tasks.size());
      EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
    }
  }
}

TEST(ChannelPrompts, ThatNothingReadsStopAtTheDryRun) {
  const auto request = with_prompts(small_swin(), {small_prompt("channel")}, false);
  try {
    (void)compose::dry_run(request, plugins());
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "contract.251");
    EXPECT_EQ(error.problem().pointer, "/slots/prompt/0");
  }
}

TEST(ChannelPrompts, RefuseAPoolThatIsNoGrid) {
  auto request = small_swin();
  request.slots.prompt = {module("prompt", "channel", {{"pool", std::vector<std::int64_t>{4}}})};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "module.120");
  EXPECT_THAT(problem.text(), HasSubstr("prompt 'channel'"));
}

TEST(Prompts, ThatKeepTheSameMapAreAContractError) {
  const auto request = with_prompts(
      small_swin(), {small_prompt("spatial_channel"), module("prompt", "spatial")}, true);
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "contract.211");
  EXPECT_EQ(problem.pointer, "/slots/prompt/1");
  EXPECT_THAT(problem.message, HasSubstr("'spatial'"));
}

TEST(PromptDecode, BuildsOnlyTheBranchesOfKeptMaps) {
  const auto names = [](const std::vector<manifest::ModuleChoice>& prompts) {
    return names_of(*composed(with_prompts(small_swin({"depth"}), prompts, true)), "fusion.0");
  };
  const auto spatial = module("prompt", "spatial");
  const auto channel = small_prompt("channel");
  const auto has = [](const char* list) {
    return ::testing::Contains(::testing::StartsWith(list));
  };
  EXPECT_THAT(names({spatial}), has("fea_decode_spa.1"));
  EXPECT_THAT(names({spatial}), Not(has("fea_decode_chan")));
  EXPECT_THAT(names({channel}), has("fea_decode_chan.1"));
  EXPECT_THAT(names({channel}), Not(has("fea_decode_spa")));
  EXPECT_EQ(names({spatial, channel}), names({small_prompt("spatial_channel")}));
}

// Patches do not see channel rows: beside `spatial` they change the decoding only.
TEST(PromptDecode, OfOneMapIsThatOfBothWithTheOtherBranchSilenced) {
  const auto spatial = module("prompt", "spatial");
  const auto both = with_prompts(small_swin(), {spatial, small_prompt("channel")}, true);
  const auto one = with_prompts(small_swin(), {spatial}, true);
  const auto a = composed(both), b = composed(one);
  const auto before = tensors_of(*a, both);
  {
    const torch::NoGradGuard no_grad;
    const auto source = a->named_parameters();
    for (const auto& parameter : b->parameters_of("fusion.0")) {
      auto all = source[parameter.key()];
      if (all.sizes() == parameter.value().sizes()) {
        parameter.value().copy_(all);
        continue;
      }
      parameter.value().copy_(all.narrow(/*dim=*/1, 0, 8));  // decode_width 8: first s, then c
      all.narrow(/*dim=*/1, 8, 8).zero_();
    }
  }
  const auto left = tensors_of(*a, both), right = tensors_of(*b, one);
  EXPECT_TRUE(is_close(left.at("depth"), right.at("depth")));
  EXPECT_FALSE(is_close(before.at("depth"), right.at("depth")));
}

TEST(PromptDecode, WithoutKeptMapsSaysWhichPromptsKeepThem) {
  const auto problem =
      problem_of(with_prompts(small_swin(), {module("prompt", "task_tokens")}, true));
  EXPECT_EQ(problem.code, "contract.206");
  EXPECT_EQ(problem.pointer, "/slots/fusion/0");
  EXPECT_THAT(problem.suggestion, HasSubstr("spatial_channel (both), spatial or channel"));
}

}  // namespace
}  // namespace triptych::testing
