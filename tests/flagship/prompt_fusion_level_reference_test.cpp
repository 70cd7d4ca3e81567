// Prompt fusion at a level against its formulas written down as loops: every reading of every
// descriptor with every way to fuse them.
#include "written_prompt_fusion.h"

namespace triptych::testing {
namespace {

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
