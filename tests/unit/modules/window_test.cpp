// Window attention with prompts against a written-out version, and its mask.
#include <gtest/gtest.h>
#include <triptych/layers/window_attention.h>

#include "naive.h"
#include "open_plugin.h"

namespace modules_test {
namespace {

using layers::WindowAttention;

// Sums of a few dozen float32 products of order 1 against double.
constexpr double kTolerance = 1e-5;

struct Case {
  std::int64_t height, width, window;
  bool is_shifted;
  std::int64_t prompts;
};

class WindowAttentionCases : public testing::TestWithParam<Case> {};

TEST_P(WindowAttentionCases, AgreesWithTheWrittenOutVersion) {
  const auto [height, width, window, is_shifted, prompts] = GetParam();
  torch::manual_seed(3);
  constexpr std::int64_t kChannels = 8, kHeads = 2;
  WindowAttention attention({.channels = kChannels, .heads = kHeads, .window = window});
  for (auto& parameter : attention.parameters()) {
    const torch::NoGradGuard no_grad;
    parameter.normal_(0, 0.5);  // large enough for every part to show
  }
  const auto patches = torch::randn({2, height, width, kChannels});
  const auto tokens = prompts > 0 ? torch::randn({2, prompts, kChannels}) : torch::Tensor();
  const auto grid = layers::cut(height, width, window, is_shifted);
  const auto attended = attention.forward(patches, tokens, grid, /*asks_prompts=*/true);
  const auto silent = attention.forward(patches, tokens, grid, /*asks_prompts=*/false);
  const torch::NoGradGuard no_grad;
  const auto fused = attention.forward(patches, tokens, grid, /*asks_prompts=*/true);

  const naive::Weights weights(attention);
  for (std::int64_t b = 0; b < 2; ++b) {
    const auto expected = naive::window_attention(
        weights, "", naive::field_of(patches[b]),
        prompts > 0 ? naive::rows_of(tokens[b]) : naive::Rows{}, kHeads, window, is_shifted);
    const auto cells = naive::tensor_of(expected.patches.cells).view({height, width, kChannels});
    EXPECT_LT(distance(attended.patches[b].to(torch::kDouble), cells), kTolerance);
    EXPECT_LT(distance(silent.patches[b].to(torch::kDouble), cells), kTolerance);
    EXPECT_LT(distance(fused.patches[b].to(torch::kDouble), cells), kTolerance);
    if (prompts == 0) continue;
    EXPECT_LT(distance(attended.prompts[b].to(torch::kDouble), naive::tensor_of(expected.prompts)),
              kTolerance);
    const auto maps = attended.patch_logits();
    for (std::int64_t h = 0; h < kHeads; ++h) {
      EXPECT_LT(distance(maps[b][h].to(torch::kDouble).flatten(1),
                         naive::tensor_of(expected.maps[static_cast<std::size_t>(h)])),
                kTolerance);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Grids, WindowAttentionCases,
    testing::Values(Case{8, 12, 4, false, 2},   // divisible
                    Case{8, 12, 4, true, 2},    // divisible, shifted
                    Case{8, 12, 4, true, 0},    // no prompts
                    Case{5, 7, 4, false, 2},    // padded
                    Case{5, 7, 4, true, 3},     // padded and shifted
                    Case{3, 9, 4, true, 1},     // one window covers the rows: no shift there
                    Case{2, 3, 4, true, 1},     // one window covers everything
                    Case{9, 9, 3, true, 2},     // odd window: shift 1
                    Case{16, 8, 8, true, 2}));  // 64 keys and more: the fused kernel

TEST(WindowAttention, ThePromptMapIsASliceOfAllRawLogits) {
  torch::manual_seed(4);
  WindowAttention attention({.channels = 8, .heads = 2, .window = 4});
  const auto patches = torch::randn({1, 8, 8, 8}), prompts = torch::randn({1, 3, 8});
  const auto grid = layers::cut(8, 8, 4, /*shifted=*/true);
  const auto attended = attention.forward(patches, prompts, grid, true);
  // All tokens of the window of cells (2..5, 2..5): prompts, then patches, through qkv.
  auto qkv = attention.named_children()["qkv"]->as<torch::nn::Linear>();
  const auto cells = patches.slice(1, 2, 6).slice(2, 2, 6).reshape({16, 8});
  const auto all = qkv->forward(torch::cat({prompts[0], cells})).view({19, 3, 2, 4});
  const auto q = all.select(1, 0).transpose(0, 1), k = all.select(1, 1).transpose(0, 1);
  const auto logits = q.matmul(k.transpose(-2, -1));  // [2, 19, 19], no scale, bias or mask
  const auto slice = logits.slice(1, 0, 3).slice(2, 3).reshape({2, 3, 4, 4});
  const auto map = attended.patch_logits()[0].slice(2, 2, 6).slice(3, 2, 6);
  EXPECT_LT(distance(map, slice), 1e-6);
  EXPECT_LT(distance(attended.prompt_logits()[0], logits.slice(1, 0, 3).slice(2, 0, 3)), 1e-6);
}

TEST(WindowMask, IsNothingForDivisibleGridsWithoutShift) {
  EXPECT_FALSE(layers::window_mask(layers::cut(8, 12, 4, false), 2).defined());
  EXPECT_FALSE(layers::window_mask(layers::cut(3, 4, 4, true), 2).defined());
}

TEST(WindowMask, KeepsCellsApartThatOnlyTheShiftMadeNeighbours) {
  const auto mask = layers::window_mask(layers::cut(8, 8, 4, true), 0);  // [4, 16, 16]
  EXPECT_EQ(mask[0].abs().max().item<float>(), 0.0F);                    // an inner window
  // The last window holds four blocks of 2x2 cells from the corners of the grid: each cell sees 4.
  EXPECT_EQ((mask[3] == 0).sum(1).min().item<std::int64_t>(), 4);
  EXPECT_EQ((mask[3] == 0).sum(1).max().item<std::int64_t>(), 4);
  EXPECT_EQ(mask.min().item<float>(), static_cast<float>(layers::kShiftMask));
  EXPECT_TRUE(torch::equal(mask, mask.transpose(1, 2)));
}

TEST(WindowMask, PromptsSeeAcrossTheShiftButNeverPadding) {
  const auto grid = layers::cut(6, 7, 4, true);  // padded to 8x8
  const auto mask = layers::window_mask(grid, 2);
  const auto real = layers::split_windows(layers::into_place(torch::ones({1, 6, 7, 1}), grid), grid,
                                          1, 1);  // [1, 1, 4, 1, 16, 1]
  const auto keys = real.view({4, 16});
  for (std::int64_t row = 0; row < 2; ++row) {
    const auto to_patches = mask.select(1, row).slice(1, 2);  // [4, 16]
    EXPECT_TRUE(torch::equal(to_patches == 0, keys == 1));
  }
  // Every token, padding included, sees at least the prompts.
  EXPECT_EQ(mask.slice(2, 0, 2).abs().max().item<float>(), 0.0F);
}

TEST(Windows, PlacingAndSplittingAreUndoneExactly) {
  for (const bool is_shifted : {false, true}) {
    const auto grid = layers::cut(7, 10, 4, is_shifted);
    const auto patches = torch::randn({2, 7, 10, 6});
    const auto windows = layers::split_windows(layers::into_place(patches, grid), grid, 1, 2);
    EXPECT_TRUE(
        torch::equal(layers::out_of_place(layers::join_windows(windows[0], grid), grid), patches));
  }
}

TEST(WindowAttention, HasTheSameParametersForEveryGrid) {
  WindowAttention attention({.channels = 8, .heads = 2, .window = 6});
  EXPECT_EQ(attention.named_parameters()["relative_position_bias_table"].size(0), 11 * 11);
  for (const auto& [height, width] : {std::pair{4, 3}, {12, 18}, {7, 13}}) {
    const auto grid = layers::cut(height, width, 6, true);
    const auto out = attention.forward(torch::randn({1, height, width, 8}), {}, grid, false);
    EXPECT_EQ(out.patches.sizes(), (std::vector<std::int64_t>{1, height, width, 8}));
  }
}

TEST(WindowAttention, GradientsAgreeWithFiniteDifferences) {
  torch::manual_seed(5);
  WindowAttention attention({.channels = 4, .heads = 2, .window = 3});
  attention.to(torch::kDouble);
  const auto grid = layers::cut(5, 4, 3, true);
  auto patches = torch::randn({2, 5, 4, 4}, torch::kDouble).requires_grad_();
  auto prompts = torch::randn({2, 2, 4}, torch::kDouble).requires_grad_();
  const auto mix = torch::randn({2, 5, 4, 4}, torch::kDouble);
  const auto mix_prompts = torch::randn({2, 2, 4}, torch::kDouble);
  const auto mix_maps = torch::randn({2, 2, 2, 5, 4}, torch::kDouble);
  const auto value = [&] {
    const auto out = attention.forward(patches, prompts, grid, true);
    return (out.patches * mix).sum() + (out.prompts * mix_prompts).sum() +
           (out.patch_logits() * mix_maps).sum();
  };
  value().backward();
  std::vector<torch::Tensor> inputs{patches, prompts};
  for (const auto& parameter : attention.parameters()) inputs.push_back(parameter);
  for (const auto& input : inputs) expect_finite_differences(input, value);
}

}  // namespace
}  // namespace modules_test
