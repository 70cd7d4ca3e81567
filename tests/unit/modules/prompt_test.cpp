// Channel attention against a written-out version; what the prompts own, keep and follow.
#include <gtest/gtest.h>
#include <triptych/layers/channel_attention.h>
#include <triptych/layers/drop_path.h>
#include <triptych/layers/resize.h>

#include "naive.h"
#include "small_model.h"

namespace modules_test {
namespace {

using layers::ChannelAttention;

constexpr double kTolerance = 1e-5;  // float32 sums of order 1 against double

struct Case {
  bool is_pooled;
  std::int64_t heads;
  std::int64_t tasks;
  bool updates;
};

class ChannelAttentionCases : public testing::TestWithParam<Case> {};

TEST_P(ChannelAttentionCases, AgreesWithTheWrittenOutVersion) {
  const auto [is_pooled, heads, tasks, updates] = GetParam();
  torch::manual_seed(6);
  ChannelAttention attention({.channels = 6,
                              .width = 16,
                              .heads = heads,
                              .grid = is_pooled ? ImageSize{2, 3} : ImageSize{5, 7},
                              .is_pooled = is_pooled,
                              .updates_prompts = updates});
  for (auto& parameter : attention.parameters()) {
    const torch::NoGradGuard no_grad;
    parameter.normal_(0, 0.4);
  }
  const auto prompts = torch::randn({2, tasks, 6}), patches = torch::randn({2, 5, 7, 6});
  const auto result = attention.forward(prompts, patches);
  EXPECT_EQ(result.prompts.defined(), updates);
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(heads)));
  const naive::Weights weights(attention);
  for (std::int64_t b = 0; b < 2; ++b) {
    const auto field = naive::field_of(patches[b]);
    const auto expected =
        naive::channel_attention(weights, "", naive::rows_of(prompts[b]),
                                 is_pooled ? naive::pooled(field, 2, 3) : field.cells, heads);
    for (std::int64_t h = 0; h < heads; ++h) {
      EXPECT_LT(
          distance(result.logits[b].select(3, h % side).select(2, h / side).to(torch::kDouble),
                   naive::tensor_of(expected.logits[static_cast<std::size_t>(h)])),
          kTolerance);
    }
    if (!updates) continue;
    EXPECT_LT(distance(result.prompts[b].to(torch::kDouble), naive::tensor_of(expected.prompts)),
              kTolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ChannelAttentionCases,
                         testing::Values(Case{true, 1, 2, true}, Case{false, 1, 2, true},
                                         Case{true, 4, 3, true}, Case{false, 16, 1, true},
                                         Case{false, 1, 2, false}));

TEST(ChannelAttention, RefusesHeadsThatDoNotCutTheWidth) {
  EXPECT_THROW(ChannelAttention({.channels = 4, .width = 16, .heads = 9, .grid = {2, 2}}), Error);
  EXPECT_THROW(ChannelAttention({.channels = 4, .width = 12, .heads = 4, .grid = {2, 2}}), Error);
}

TEST(ChannelAttention, FullRefusesAnotherGridAndNamesBothSizes) {
  ChannelAttention attention(
      {.channels = 4, .width = 8, .heads = 1, .grid = {4, 6}, .is_pooled = false});
  try {
    (void)attention.forward(torch::zeros({1, 2, 4}), torch::zeros({1, 5, 6, 4}));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.122");
    EXPECT_NE(std::string(error.what()).find("5x6"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("4x6"), std::string::npos);
  }
}

TEST(GridPool, EqualsAdaptiveAveragePooling) {
  layers::GridPool pool({4, 8});
  for (const auto& [height, width] : {std::pair{16, 32}, {7, 5}, {3, 6}}) {
    const auto patches = torch::randn({2, height, width, 3}, torch::kDouble);
    const auto expected = torch::adaptive_avg_pool2d(patches.permute({0, 3, 1, 2}), {4, 8});
    EXPECT_LT(distance(pool.forward(patches).permute({0, 3, 1, 2}), expected), 1e-12);
  }
}

TEST(SpatialChannel, PooledWeightsFitEveryGrid) {
  SmallModel::Options options{.encoder = small_swin(), .prompt_params = small_prompts()};
  const SmallModel small(options);
  options.grid.height = 9;
  options.grid.width = 15;
  SmallModel large(options);
  const auto from = small.parameters(), to = large.parameters();
  ASSERT_EQ(from.size(), to.size());
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < from.size(); ++i) {
    ASSERT_EQ(from[i].second.sizes(), to[i].second.sizes()) << from[i].first;
    to[i].second.copy_(from[i].second);
  }
  auto context = make_context();
  const auto stream = large.encode(torch::randn({1, 9, 15, 8}), context);
  EXPECT_EQ(stream.trace.stages[0].spatial.sizes(), (std::vector<std::int64_t>{1, 2, 2, 5, 8}));
}

TEST(SpatialChannel, KeptMapsLieOnTheirLevels) {
  for (const std::string levels : {"merged", "unmerged"}) {
    SmallModel model({.encoder = small_swin({2, 1, 2}, levels), .prompt_params = small_prompts()});
    auto context = make_context();
    const auto stream = model.encode(torch::randn({2, 6, 10, 8}), context);
    for (std::size_t l = 0; l < stream.pyramid.size(); ++l) {
      const auto& kept = stream.trace.stages[static_cast<std::size_t>(model.dims.levels[l].stage)];
      const auto& map = stream.pyramid[l].map;
      EXPECT_EQ(kept.spatial.size(3), map.size(2)) << levels;
      EXPECT_EQ(kept.spatial.size(4), map.size(3)) << levels;
      EXPECT_EQ(kept.channel.size(2), map.size(1)) << levels;
      EXPECT_EQ(map.size(1), model.dims.levels[l].channels);
      EXPECT_EQ(map.size(2), model.dims.levels[l].height);
    }
  }
}

TEST(SpatialChannel, MakesNothingThatOnlyDecodingNeedsWhereNothingDecodes) {
  SmallModel::Options options{.encoder = small_swin(), .prompt_params = small_prompts()};
  const SmallModel decoded(options);
  options.is_decoded = false;
  SmallModel plain(options);
  const auto names = [](const torch::nn::Module& module) {
    std::set<std::string> found;
    for (const auto& item : module.named_parameters()) found.insert(item.key());
    return found;
  };
  const auto with = names(*decoded.prompt), without = names(*plain.prompt);
  EXPECT_TRUE(with.contains("layers.0.downsample.spa_attn_ds.weight"));
  EXPECT_TRUE(with.contains("layers.0.downsample.process_chan_attn.weight"));
  EXPECT_TRUE(with.contains("layers.1.blocks.1.chan_kv.weight"));
  EXPECT_FALSE(with.contains("layers.1.blocks.1.chan_proj.weight"));
  EXPECT_FALSE(without.contains("layers.0.downsample.spa_attn_ds.weight"));
  EXPECT_FALSE(without.contains("layers.0.downsample.process_chan_attn.weight"));
  EXPECT_FALSE(without.contains("layers.1.blocks.1.chan_kv.weight"));
  auto context = make_context();
  const auto stream = plain.encode(torch::randn({1, 6, 10, 8}), context);
  for (const auto& stage : stream.trace.stages) {
    EXPECT_FALSE(stage.spatial.defined());
    EXPECT_FALSE(stage.channel.defined());
  }
}

TEST(SpatialChannel, EveryParameterIsReachedByAGradient) {
  for (const std::size_t tasks : {1U, 3U}) {
    for (const bool is_decoded : {true, false}) {
      SmallModel model({.grid = {7, 9, 8, 4},
                        .tasks = std::vector<TaskDims>(tasks, {"a", 2, false}),
                        .encoder = small_swin(),
                        .prompt_params = small_prompts(),
                        .is_decoded = false});
      if (is_decoded) {
        std::vector<TaskDims> named;
        for (std::size_t t = 0; t < tasks; ++t)
          named.push_back({std::string(1, 'a' + t), 2, false});
        model = SmallModel({.grid = {7, 9, 8, 4},
                            .tasks = named,
                            .encoder = small_swin(),
                            .prompt_params = small_prompts(),
                            .fusion = small_decode()});
      }
      auto context = make_context(true);
      const auto stream = model.encode(torch::randn({2, 7, 9, 8}), context);
      torch::Tensor sum = stream.pyramid.back().map.square().sum();
      if (is_decoded) {
        for (const auto& levels : model.decode(stream, context)) {
          sum = sum + levels[0].map.square().sum();
        }
      }
      sum.backward();
      for (const auto& [name, parameter] : model.parameters()) {
        ASSERT_TRUE(parameter.grad().defined()) << name << ", decoded " << is_decoded;
        EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>()) << name;
      }
    }
  }
}

TEST(TaskTokens, TakePartInAttentionAndFollowTheChannels) {
  SmallModel model({.encoder = small_swin(),
                    .prompt = "task_tokens",
                    .prompt_params = {{"prompts_per_task", std::int64_t{3}}},
                    .is_decoded = false});
  EXPECT_EQ(model.dims.prompts, 6);
  auto context = make_context();
  const auto patches = torch::randn({1, 6, 10, 8});
  const auto before = model.encode(patches, context);
  EXPECT_EQ(before.trace.stages[1].prompts.sizes(), (std::vector<std::int64_t>{1, 6, 16}));
  {
    const torch::NoGradGuard no_grad;
    model.prompt->named_parameters()["tokens"].add_(1.0);
  }
  const auto after = model.encode(patches, context);
  EXPECT_GT(distance(before.pyramid[1].map, after.pyramid[1].map), 1e-4);
}

TEST(Prompt, ThatOwnsRowsMustGiveAndMoveThem) {
  class Nothing final : public Prompt {};
  Nothing prompt;
  StageTrace kept;
  const auto code = [](const auto& ask) {
    try {
      (void)ask();
    } catch (const Error& error) {
      EXPECT_NE(error.problem().suggestion.find("Override Prompt::"), std::string::npos);
      return error.problem().code;
    }
    return std::string("nothing was refused");
  };
  EXPECT_EQ(code([&] { return prompt.initial(2); }), "plugin.022");
  EXPECT_EQ(code([&] { return prompt.merge(0, {}, torch::zeros({2, 1, 4}), kept); }), "plugin.022");
}

TEST(DropPath, DrawsFromTheContextOnlyInTraining) {
  const auto x = torch::ones({1000, 2, 3});
  auto evaluation = make_context(false, 7);
  EXPECT_TRUE(layers::drop_path(x, 0.5, evaluation).is_same(x));
  auto training = make_context(true, 7), again = make_context(true, 7);
  const auto dropped = layers::drop_path(x, 0.2, training);
  EXPECT_TRUE(torch::equal(dropped, layers::drop_path(x, 0.2, again)));
  EXPECT_FALSE(torch::equal(dropped, layers::drop_path(x, 0.2, again)));  // the next draw
  // Whole samples are dropped or scaled by 1 / 0.8; of 1000, 200 +- 13 are dropped.
  EXPECT_TRUE(((dropped == 0) | (dropped == 1.25)).all().item<bool>());
  EXPECT_TRUE(torch::equal(dropped.amin({1, 2}), dropped.amax({1, 2})));
  EXPECT_NEAR((dropped == 0).to(torch::kDouble).mean().item<double>(), 0.2, 0.06);
}

TEST(DropPath, GrowsLinearlyOverTheBlocks) {
  EXPECT_EQ(layers::drop_prob_of(0, 24, 0.15), 0.0);
  EXPECT_EQ(layers::drop_prob_of(23, 24, 0.15), 0.15);
  EXPECT_EQ(layers::drop_prob_of(0, 1, 0.15), 0.0);
}

}  // namespace
}  // namespace modules_test
