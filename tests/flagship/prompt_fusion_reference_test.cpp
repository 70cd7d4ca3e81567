// Prompt fusion against its formulas written down as loops.
#include <cmath>

#include "prompt_fusion.h"

namespace triptych::testing {
namespace {

using ::testing::HasSubstr;
using Row = std::vector<double>;
using Rows = std::vector<Row>;

// A matrix [M, N] of double as rows.
Rows rows_of(const torch::Tensor& matrix) {
  Rows rows;
  for (std::int64_t i = 0; i < matrix.size(0); ++i) {
    rows.emplace_back();
    for (std::int64_t j = 0; j < matrix.size(1); ++j) {
      rows.back().push_back(matrix[i][j].item<double>());
    }
  }
  return rows;
}

Row times(const Rows& weight, const Row& x) {
  Row y(weight.size(), 0.0);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += weight[i][j] * x[j];
  }
  return y;
}

// LayerNorm with its initial scale 1 and shift 0.
Row normed(const Row& x) {
  double mean = 0, square = 0;
  for (const double value : x) mean += value / static_cast<double>(x.size());
  for (const double value : x)
    square += (value - mean) * (value - mean) / static_cast<double>(x.size());
  Row y;
  for (const double value : x) y.push_back((value - mean) / std::sqrt(square + 1e-5));
  return y;
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Row scaled_sum(const Row& weights, const Rows& rows, double divisor = 1) {
  Row sum(rows.front().size(), 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weights[i] * rows[i][j] / divisor;
  }
  return sum;
}

Row softmax(Row logits) {
  double total = 0;
  for (auto& value : logits) total += value = std::exp(value);
  for (auto& value : logits) value /= total;
  return logits;
}

Row maximum(const Rows& rows) {
  Row most = rows.front();
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j) most[j] = std::max(most[j], row[j]);
  }
  return most;
}

Row plus(Row a, const Row& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

// The weights of a module in double, by name.
struct Weights {
  explicit Weights(torch::nn::Module& module) {
    for (auto& item : module.named_parameters()) {
      item.value().set_data(item.value().to(torch::kDouble));
      all[item.key()] = item.value().detach();
    }
  }
  Rows operator[](const std::string& name) const { return rows_of(all.at(name)); }
  std::map<std::string, torch::Tensor> all;
};

// sum_i sigmoid(g_i . own + b_i) W_i d_i
Row gated(const Weights& weights, const std::string& fuse,
          const std::vector<std::pair<std::string, Row>>& descriptors, const Row& own) {
  Row sum(own.size(), 0.0);
  for (const auto& [name, value] : descriptors) {
    const auto logit = dot(weights[fuse + ".gates." + name + ".weight"][0], own) +
                       weights.all.at(fuse + ".gates." + name + ".bias").item<double>();
    const auto mapped = times(weights[fuse + ".maps." + name + ".weight"], value);
    sum = plus(sum, scaled_sum({sigmoid(logit)}, {mapped}));
  }
  return sum;
}

// The prompts' attention to each other, one row per prompt.
Rows attended(const Weights& weights, const std::string& prompts, const Rows& y) {
  const auto width = y.front().size();
  Rows q, k, v;
  for (const auto& row : y) {
    const auto qkv = times(weights[prompts + ".qkv.weight"], row);
    q.emplace_back(qkv.begin(), qkv.begin() + width);
    k.emplace_back(qkv.begin() + width, qkv.begin() + 2 * width);
    v.emplace_back(qkv.begin() + 2 * width, qkv.end());
  }
  Rows result;
  for (const auto& query : q) {
    Row logits;
    for (const auto& key : k) logits.push_back(dot(query, key) / std::sqrt(width));
    result.push_back(times(weights[prompts + ".proj.weight"], scaled_sum(softmax(logits), v)));
  }
  return result;
}

TEST(PromptFusionReference, in_a_block_is_the_formula_of_its_manual) {
  constexpr double kTolerance = 1e-10;  // sums of double in another order
  const StageDims stage{.height = 2,
                        .width = 3,
                        .channels = 5,
                        .heads = 1,
                        .blocks = 2,
                        .merged_height = 2,
                        .merged_width = 3,
                        .merged_channels = 5};
  Dims dims;
  dims.stages = {stage};
  dims.prompts = 2;
  torch::manual_seed(3);
  const auto part = plugins().prompt("prompt_fusion").build(prompt_fusion("prompt").params, dims);
  const Weights weights(*part);
  const auto patches = torch::randn({1, 2, 3, 5}, torch::kDouble);
  const auto prompts = torch::randn({1, 2, 5}, torch::kDouble);
  auto side = context();
  State state;
  state.context = &side;
  state.patches = patches;
  state.prompts = prompts;
  part->after_block({.stage = 0, .block = 0, .dims = stage}, state);

  const std::string at = "layers.0.0.";
  const auto x = rows_of(patches.view({6, 5}));
  const auto p = rows_of(prompts.view({2, 5}));
  Rows z, y;
  for (const auto& row : x) z.push_back(normed(times(weights[at + "reduce.weight"], row)));
  for (const auto& row : p) y.push_back(normed(times(weights[at + "prompts.reduce.weight"], row)));
  const auto between = attended(weights, at + "prompts", y);
  Rows change, scores;
  for (std::size_t t = 0; t < 2; ++t) {
    Row s, open;
    for (const auto& cell : z) {
      s.push_back(dot(times(weights[at + "query.weight"], y[t]), cell) / std::sqrt(6.0));
      open.push_back(sigmoid(s.back()));
    }
    double total = 0;
    for (const double value : open) total += value;
    const auto fused = gated(weights, at + "fuse",
                             {{"image_salient", scaled_sum(softmax(s), z)},
                              {"image_trend", scaled_sum(open, z, total)},
                              {"image_raw", scaled_sum(s, z, 6)},
                              {"prompt_salient", maximum(y)},
                              {"prompt_trend", scaled_sum({0.5, 0.5}, y)},
                              {"prompt_raw", y[t]}},
                             y[t]);
    change.push_back(plus(fused, between[t]));
    scores.push_back(s);
  }
  // Block 0 is not the last one: prompts change too. The gates are 0.5 everywhere.
  for (std::size_t t = 0; t < 2; ++t) {
    const auto up = times(weights[at + "prompt_up.weight"], change[t]);
    for (std::size_t c = 0; c < 5; ++c) {
      EXPECT_NEAR(state.prompts[0][t][c].item<double>(), p[t][c] + 0.5 * up[c], kTolerance);
    }
  }
  for (std::size_t n = 0; n < 6; ++n) {
    Row expected = x[n];
    for (std::size_t t = 0; t < 2; ++t) {
      const auto up = times(weights[at + "patch_up.weight"], change[t]);
      for (std::size_t c = 0; c < 5; ++c) expected[c] += 0.5 * 0.5 * sigmoid(scores[t][n]) * up[c];
    }
    for (std::size_t c = 0; c < 5; ++c) {
      EXPECT_NEAR(state.patches[0][n / 3][n % 3][c].item<double>(), expected[c], kTolerance);
    }
  }
}

// One level of one stage, two tasks, through the part alone.
struct LevelCase {
  Dims dims;
  std::vector<Stream> streams = std::vector<Stream>(1);
  torch::Tensor map = torch::randn({1, 4, 3, 3}, torch::kDouble);
  torch::Tensor prompts = torch::randn({1, 2, 5}, torch::kDouble);
  std::shared_ptr<Fusion> part;

  explicit LevelCase(bool is_decoded, const Values& values = {}) {
    dims.tasks = {{.name = "a"}, {.name = "b"}};
    dims.stages = {{.height = 3,
                    .width = 3,
                    .channels = 5,
                    .heads = 2,
                    .blocks = 1,
                    .merged_height = 3,
                    .merged_width = 3,
                    .merged_channels = 4}};
    dims.levels = {{.height = 3, .width = 3, .channels = 4, .stride = 4, .stage = 0}};
    dims.features = {dims.levels, dims.levels};
    dims.kept_maps = {"spatial", "channel"};
    dims.decoded = is_decoded;
    dims.prompts = 3;
    dims.task_prompts = {.begin = 1, .count = 2};  // row 0 belongs to another part
    torch::manual_seed(4);
    part = plugins().fusion("prompt_fusion").build(prompt_fusion("fusion", values).params, dims);
    auto& kept = streams[0].trace.stages.emplace_back();
    kept.prompts = torch::cat({torch::randn({1, 1, 5}, torch::kDouble), prompts}, 1);
    kept.spatial = torch::randn({1, 2, 2, 3, 3}, torch::kDouble);
    kept.channel = torch::randn({1, 2, 4, 1, 1}, torch::kDouble);
    streams[0].pyramid = {{.map = map, .stride = 4}};
  }

  TaskFeatures run() {
    const Images images;
    auto side = context();
    const FusionIn in{
        .images = images, .streams = streams, .features = {streams[0].pyramid, streams[0].pyramid}};
    return part->forward(in, side);
  }
};

// a dA [T][N] and b dR [T][C] of the default readings by loops; gates are 0.5.
struct Deltas {
  Rows where, which;

  Deltas(const LevelCase& level, const Weights& weights) {
    const std::string at = "levels.0.";
    Rows z, y, h, keys;
    for (const auto& cell : rows_of(level.map.view({4, 9}).t())) {
      z.push_back(normed(times(weights[at + "reduce.weight"], cell)));
    }
    for (const auto& row : rows_of(level.prompts[0])) {
      y.push_back(normed(times(weights[at + "prompts.reduce.weight"], row)));
    }
    for (std::size_t n = 0; n < 9; ++n) {
      Rows window;
      for (std::size_t m = 0; m < 9; ++m) {
        const auto apart = [](std::size_t a, std::size_t b) { return a < b ? b - a : a - b; };
        if (apart(m / 3, n / 3) <= 1 && apart(m % 3, n % 3) <= 1) window.push_back(z[m]);
      }
      const Row ones(window.size(), 1.0);
      keys.push_back(gated(weights, at + "image_fuse",
                           {{"image_salient", maximum(window)},
                            {"image_trend", scaled_sum(ones, window, window.size())},
                            {"image_raw", z[n]}},
                           z[n]));
    }
    const auto between = attended(weights, at + "prompts", y);
    for (std::size_t t = 0; t < 2; ++t) {
      const auto fused = gated(weights, at + "prompt_fuse",
                               {{"prompt_salient", maximum(y)},
                                {"prompt_trend", scaled_sum({0.5, 0.5}, y)},
                                {"prompt_raw", y[t]}},
                               y[t]);
      h.push_back(plus(fused, between[t]));
      const auto query = times(weights[at + "query.weight"], h[t]);
      where.emplace_back();
      for (const auto& key : keys) where.back().push_back(0.5 * dot(query, key) / std::sqrt(6.0));
      which.push_back(scaled_sum({0.5}, {times(weights[at + "channel.weight"], h[t])}));
    }
  }
};

TEST(PromptFusionReference, at_a_level_adds_the_formula_of_its_manual_to_the_kept_maps) {
  constexpr double kTolerance = 1e-10;  // sums of double in another order
  LevelCase level(/*is_decoded=*/true);
  const Weights weights(*level.part);
  const auto before = level.streams[0].trace.stages[0];
  const auto features = level.run();
  const Deltas expected(level, weights);
  const auto& after = level.streams[0].trace.stages[0];
  for (std::int64_t t = 0; t < 2; ++t) {
    for (std::int64_t n = 0; n < 9; ++n) {
      for (std::int64_t head = 0; head < 2; ++head) {
        const auto delta = (after.spatial - before.spatial)[0][head][t][n / 3][n % 3];
        EXPECT_NEAR(delta.item<double>(), expected.where[t][n], kTolerance);
      }
    }
    for (std::int64_t c = 0; c < 4; ++c) {
      const auto delta = (after.channel - before.channel)[0][t][c][0][0];
      EXPECT_NEAR(delta.item<double>(), expected.which[t][c], kTolerance);
    }
    EXPECT_TRUE(features[t][0].map.is_same(level.map));  // no copy per task
  }
}

TEST(PromptFusionReference, at_a_level_of_task_features_multiplies_or_adds) {
  constexpr double kTolerance = 1e-10;  // sums of double in another order
  for (const std::string update : {"multiply", "add"}) {
    LevelCase level(/*is_decoded=*/false, {{"update", update}});
    const Weights weights(*level.part);
    const auto features = level.run();
    const Deltas expected(level, weights);
    for (std::int64_t t = 0; t < 2; ++t) {
      for (std::int64_t c = 0; c < 4; ++c) {
        for (std::int64_t n = 0; n < 9; ++n) {
          const auto x = level.map[0][c][n / 3][n % 3].item<double>();
          const auto where = expected.where[t][n], which = expected.which[t][c];
          const auto found = features[t][0].map[0][c][n / 3][n % 3].item<double>();
          EXPECT_NEAR(found, update == "add" ? x + where + which : x * (1 + where) * (1 + which),
                      kTolerance);
        }
      }
    }
  }
}

}  // namespace
}  // namespace triptych::testing
