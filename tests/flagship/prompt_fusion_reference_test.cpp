// Prompt fusion against its formulas written down as loops: every reading of every descriptor with
// every way to fuse them.
#include <limits>

#include "prompt_fusion_parts.h"
#include "written_rows.h"

namespace triptych::testing {
namespace {

constexpr double kTolerance = 1e-10;  // sums of double in another order

using Descriptors = std::vector<std::pair<std::string, Row>>;

// What a manifest says, as the formulas need it.
struct Settings {
  std::map<std::string, std::string> reading;
  std::string fuse = "gate", on = "both";
  bool prompts_attend = true;
  std::int64_t radius = 1;

  Settings(const std::string& place, const Values& values) {
    reading = {{"image_salient", place == "blocks" ? "learned" : "max"},
               {"image_trend", place == "blocks" ? "weighted" : "average"},
               {"image_raw", "identity"},
               {"prompt_salient", "max"},
               {"prompt_trend", "average"},
               {"prompt_raw", "identity"}};
    for (const auto& [name, value] : values) {
      if (reading.contains(name)) reading[name] = std::get<std::string>(value);
      if (name == "fuse") fuse = std::get<std::string>(value);
      if (name == "on") on = std::get<std::string>(value);
      if (name == "prompt_attention") prompts_attend = std::get<bool>(value);
      if (name == "radius") radius = std::get<std::int64_t>(value);
    }
  }
};

// Every single change of the defaults, with each way to fuse.
std::vector<Values> settings_of(const std::string& place) {
  std::vector<Values> changes{{}, {{"on", "image"}}, {{"on", "prompt"}}};
  changes.push_back({{"prompt_attention", false}});
  if (place == "levels") changes.push_back({{"radius", std::int64_t{2}}});
  for (const auto& [descriptor, choices] : readings(place)) {
    changes.push_back({{descriptor, "none"}});
    for (const auto& choice : choices) changes.push_back({{descriptor, choice}});
  }
  std::vector<Values> all;
  for (const std::string fuse : {"gate", "attention", "concat_linear"}) {
    for (auto change : changes) {
      change["fuse"] = fuse;
      all.push_back(change);
    }
  }
  return all;
}

std::string text_of(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values) text += name + "=" + to_text(value) + " ";
  return text;
}

Row fused(const Weights& weights, const std::string& kind, const std::string& fuse,
          const Descriptors& descriptors, const Row& own) {
  if (kind == "gate") return gated(weights, fuse, descriptors, own);
  Row sum(own.size(), 0.0);
  if (kind == "concat_linear") {
    for (const auto& [name, value] : descriptors) {
      sum = plus(sum, times(weights[fuse + ".maps." + name + ".weight"], value));
    }
    return sum;
  }
  const auto kinds = weights[fuse + ".kinds"];
  Row logits;
  Rows values;
  for (const auto& [name, value] : descriptors) {
    const auto key = plus(times(weights[fuse + ".key.weight"], value), kinds[values.size()]);
    logits.push_back(dot(own, key) / std::sqrt(own.size()));
    values.push_back(times(weights[fuse + ".value.weight"], value));
  }
  return scaled_sum(softmax(logits), values);
}

// The descriptors of prompt t that are on; W_r y where raw is linear.
Descriptors of_prompts(const Settings& settings, const Weights& weights, const std::string& at,
                       const Rows& y, std::size_t t) {
  Descriptors found;
  const auto is_on = [&](const char* name) { return settings.reading.at(name) != "none"; };
  const Row shares(y.size(), 1.0);
  if (is_on("prompt_salient")) found.emplace_back("prompt_salient", maximum(y));
  if (is_on("prompt_trend")) found.emplace_back("prompt_trend", scaled_sum(shares, y, y.size()));
  if (settings.reading.at("prompt_raw") == "identity") found.emplace_back("prompt_raw", y[t]);
  if (settings.reading.at("prompt_raw") == "linear") {
    found.emplace_back("prompt_raw", times(weights[at + "raw.weight"], y[t]));
  }
  return found;
}

// Means over the 2 x 3 cells of the grid of low_pass, of 4 x 6 rows.
Rows cells_of(const Rows& z) {
  Rows cells;
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const auto first = 2 * i * 6 + 2 * j;
      cells.push_back(
          scaled_sum({1, 1, 1, 1}, {z[first], z[first + 1], z[first + 6], z[first + 7]}, 4));
    }
  }
  return cells;
}

// The k-th largest, k from 1.
double largest(Row values, std::size_t k) {
  std::sort(values.begin(), values.end(), std::greater<>());
  return values[k - 1];
}

// In a block, for one prompt with scores s and query q.
Descriptors of_image(const Settings& settings, const Weights& weights, const std::string& at,
                     const Rows& z, const Row& s, const Row& q) {
  Descriptors found;
  const auto& salient = settings.reading.at("image_salient");
  if (salient == "max") found.emplace_back("image_salient", maximum(z));
  if (salient == "learned") found.emplace_back("image_salient", scaled_sum(softmax(s), z));
  if (salient == "topk") {
    auto chosen = s;
    for (auto& value : chosen) {
      if (value < largest(s, 3)) value = -std::numeric_limits<double>::infinity();
    }
    found.emplace_back("image_salient", scaled_sum(softmax(chosen), z));
  }
  const auto& trend = settings.reading.at("image_trend");
  if (trend == "average") {
    found.emplace_back("image_trend", scaled_sum(Row(z.size(), 1.0), z, z.size()));
  }
  if (trend == "weighted") {
    Row open;
    double total = 0;
    for (const double value : s) total += sigmoid(value), open.push_back(sigmoid(value));
    found.emplace_back("image_trend", scaled_sum(open, z, total));
  }
  if (trend == "low_pass") {
    const auto cells = cells_of(z);
    Row logits;
    for (const auto& cell : cells) logits.push_back(dot(q, cell) / std::sqrt(6.0));
    found.emplace_back("image_trend", scaled_sum(softmax(logits), cells));
  }
  const auto& raw = settings.reading.at("image_raw");
  const auto weighted = scaled_sum(s, z, z.size());
  if (raw == "identity") found.emplace_back("image_raw", weighted);
  if (raw == "linear") found.emplace_back("image_raw", times(weights[at + "raw.weight"], weighted));
  return found;
}

// p and x after the block, written out; the gates are 0.5 everywhere.
struct WrittenBlock {
  Rows p, x;

  WrittenBlock(const BlockCase& block, const Weights& weights, const Settings& settings)
      : p(rows_of(block.prompts[0])), x(rows_of(block.patches.flatten(1, 2)[0])) {
    const std::string at = "layers.0.0.";
    Rows z, y;
    for (const auto& row : x) z.push_back(normed(times(weights[at + "reduce.weight"], row)));
    for (const auto& row : p) {
      y.push_back(normed(times(weights[at + "prompts.reduce.weight"], row)));
    }
    const Rows between = settings.prompts_attend ? attended(weights, at + "prompts", y)
                                                 : Rows(y.size(), Row(y[0].size(), 0.0));
    const auto query = weights[at + "query.weight"];
    auto patches = x;
    for (std::size_t t = 0; t < y.size(); ++t) {
      const auto q = times(query, y[t]);
      Row s;
      for (const auto& cell : z) s.push_back(dot(q, cell) / std::sqrt(6.0));
      auto descriptors = of_image(settings, weights, at, z, s, q);
      for (auto& own : of_prompts(settings, weights, at + "prompts.", y, t)) {
        descriptors.push_back(own);
      }
      const auto h =
          plus(fused(weights, settings.fuse, at + "fuse", descriptors, y[t]), between[t]);
      if (settings.on != "image") {
        p[t] = plus(p[t], scaled_sum({0.5}, {times(weights[at + "prompt_up.weight"], h)}));
      }
      if (settings.on == "prompt") continue;
      const auto up = times(weights[at + "patch_up.weight"], h);
      const auto share = 0.5 / static_cast<double>(y.size());
      for (std::size_t n = 0; n < x.size(); ++n) {
        patches[n] = plus(patches[n], scaled_sum({share * sigmoid(s[n])}, {up}));
      }
    }
    x = patches;
  }
};

void expect_near(const torch::Tensor& found, const Rows& expected, const std::string& what) {
  const auto rows = rows_of(found);
  ASSERT_EQ(rows.size(), expected.size());
  double gap = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      gap = std::max(gap, std::abs(rows[i][j] - expected[i][j]));
    }
  }
  EXPECT_LT(gap, kTolerance) << what;
}

TEST(PromptFusionReference, in_a_block_is_the_formula_of_its_manual) {
  for (const auto& values : settings_of("blocks")) {
    const BlockCase block(values);
    const WrittenBlock expected(block, Weights(*block.part), Settings("blocks", values));
    const auto found = block.run();
    expect_near(found[0][0], expected.p, "prompts, " + text_of(values));
    expect_near(found[1].flatten(1, 2)[0], expected.x, "patches, " + text_of(values));
  }
}

// Bilinear resizing of six values per row, 2 x 3 to 4 x 6, pixel centres aligned.
Row resized(const Rows& cells, std::size_t n) {
  const auto source = [](std::size_t i, double last) {
    return std::clamp((static_cast<double>(i) + 0.5) / 2 - 0.5, 0.0, last);
  };
  const double row = source(n / 6, 1), column = source(n % 6, 2);
  Row value(cells[0].size(), 0.0);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const auto share = std::max(0.0, 1 - std::abs(row - static_cast<double>(i))) *
                         std::max(0.0, 1 - std::abs(column - static_cast<double>(j)));
      value = plus(value, scaled_sum({share}, {cells[i * 3 + j]}));
    }
  }
  return value;
}

// The fused descriptors of cell n at a level.
Row key_of(const Settings& settings, const Weights& weights, const std::string& at, const Rows& z,
           std::size_t n) {
  const auto apart = [](std::size_t a, std::size_t b) {
    return static_cast<std::int64_t>(a < b ? b - a : a - b);
  };
  Rows window;
  for (std::size_t m = 0; m < z.size(); ++m) {
    if (apart(m / 6, n / 6) > settings.radius || apart(m % 6, n % 6) > settings.radius) continue;
    window.push_back(z[m]);
  }
  Descriptors found;
  const auto& salient = settings.reading.at("image_salient");
  if (salient == "max") found.emplace_back("image_salient", maximum(window));
  if (salient == "topk") {
    const double mean = (largest(z[n], 1) + largest(z[n], 2) + largest(z[n], 3)) / 3;
    found.emplace_back("image_salient", Row(z[n].size(), mean));
  }
  const auto& trend = settings.reading.at("image_trend");
  if (trend == "average") {
    found.emplace_back("image_trend", scaled_sum(Row(window.size(), 1.0), window, window.size()));
  }
  if (trend == "low_pass") found.emplace_back("image_trend", resized(cells_of(z), n));
  const auto& raw = settings.reading.at("image_raw");
  if (raw == "identity") found.emplace_back("image_raw", z[n]);
  if (raw == "linear") found.emplace_back("image_raw", times(weights[at + "raw.weight"], z[n]));
  return fused(weights, settings.fuse, at + "image_fuse", found, z[n]);
}

// a dA [T][N] and b dR [T][C]; gates are 0.5. Empty where `on` leaves them out.
struct Deltas {
  Rows where, which;

  Deltas(const LevelCase& level, const Weights& weights, const Settings& settings) {
    const std::string at = "levels.0.";
    Rows z, y, keys;
    if (settings.on != "prompt") {
      for (const auto& cell : rows_of(level.map.flatten(2)[0].t())) {
        z.push_back(normed(times(weights[at + "reduce.weight"], cell)));
      }
    }
    for (const auto& row : rows_of(level.prompts[0].slice(0, level.size.others))) {
      y.push_back(normed(times(weights[at + "prompts.reduce.weight"], row)));
    }
    for (std::size_t n = 0; n < z.size(); ++n) {
      keys.push_back(key_of(settings, weights, at, z, n));
    }
    const Rows between = settings.prompts_attend ? attended(weights, at + "prompts", y)
                                                 : Rows(y.size(), Row(y[0].size(), 0.0));
    for (std::size_t t = 0; t < y.size(); ++t) {
      const auto descriptors = of_prompts(settings, weights, at + "prompts.", y, t);
      const auto h =
          plus(fused(weights, settings.fuse, at + "prompt_fuse", descriptors, y[t]), between[t]);
      if (settings.on != "prompt") {
        const auto query = times(weights[at + "query.weight"], h);
        where.emplace_back();
        for (const auto& key : keys) where.back().push_back(0.5 * dot(query, key) / std::sqrt(6.0));
      }
      if (settings.on == "image") continue;
      which.push_back(scaled_sum({0.5}, {times(weights[at + "channel.weight"], h)}));
    }
  }
};

TEST(PromptFusionReference, at_a_level_adds_the_formula_of_its_manual_to_the_kept_maps) {
  for (const auto& values : settings_of("levels")) {
    LevelCase level(values, {.others = 1});  // row 0 belongs to another part
    const Deltas expected(level, Weights(*level.part), Settings("levels", values));
    const auto found = level.run();
    for (std::int64_t head = 0; head < 2; ++head) {
      const auto delta = (found[0] - level.spatial)[0][head].flatten(1);  // [T, N]
      if (expected.where.empty()) EXPECT_EQ(delta.abs().max().item<double>(), 0);
      if (!expected.where.empty()) expect_near(delta, expected.where, text_of(values));
    }
    const auto delta = (found[1] - level.channel)[0].flatten(1);  // [T, C]
    if (expected.which.empty()) EXPECT_EQ(delta.abs().max().item<double>(), 0);
    if (!expected.which.empty()) expect_near(delta, expected.which, text_of(values));
    for (const auto& own : level.features) {
      EXPECT_TRUE(own[0].map.is_same(level.map));  // no copy per task
    }
  }
}

TEST(PromptFusionReference, at_a_level_of_task_features_multiplies_or_adds) {
  for (const std::string update : {"multiply", "add"}) {
    LevelCase level({{"update", update}}, {}, /*decoded=*/false);
    const Deltas expected(level, Weights(*level.part), Settings("levels", {}));
    const auto found = level.run();
    for (std::size_t t = 0; t < 2; ++t) {
      Rows maps;
      for (const auto& row : rows_of(level.map.flatten(2)[0])) {
        const auto c = maps.size();
        maps.emplace_back();
        for (std::size_t n = 0; n < row.size(); ++n) {
          const auto where = expected.where[t][n], which = expected.which[t][c];
          maps.back().push_back(update == "add" ? row[n] + where + which
                                                : row[n] * (1 + where) * (1 + which));
        }
      }
      expect_near(found[t].flatten(2)[0], maps, update);
    }
  }
}

TEST(PromptFusionReference, of_several_prompts_per_task_asks_at_a_level_as_their_mean) {
  LevelCase two({}, {.per_task = 2}), one;
  one.prompts = two.prompts.unflatten(1, {2, 2}).mean(2);
  const auto expected = one.run(), found = two.run();
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(torch::allclose(found[i], expected[i], kTolerance, kTolerance));
  }
}

}  // namespace
}  // namespace triptych::testing
