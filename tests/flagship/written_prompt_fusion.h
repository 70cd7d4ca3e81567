#pragma once

#include "prompt_fusion_parts.h"
#include "written_rows.h"

/// What prompt fusion's formulas in a block and at a level have in common, written down as loops.

namespace triptych::testing {

constexpr double kTolerance = 1e-10;  // sums of double in another order

using Descriptors = std::vector<std::pair<std::string, Row>>;

/// What a manifest says, as the formulas need it.
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

/// Every single change of the defaults, with each way to fuse.
inline std::vector<Values> settings_of(const std::string& place) {
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

inline std::string text_of(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values) text += name + "=" + to_text(value) + " ";
  return text;
}

inline Row fused(const Weights& weights, const std::string& kind, const std::string& fuse,
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

/// The descriptors of prompt t that are on; W_r y where raw is linear.
inline Descriptors of_prompts(const Settings& settings, const Weights& weights,
                              const std::string& at, const Rows& y, std::size_t t) {
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

/// Means over the 2 x 3 cells of the grid of low_pass, of 4 x 6 rows.
inline Rows cells_of(const Rows& z) {
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

/// The k-th largest, k from 1.
inline double largest(Row values, std::size_t k) {
  std::sort(values.begin(), values.end(), std::greater<>());
  return values[k - 1];
}

inline void expect_near(const torch::Tensor& found, const Rows& expected, const std::string& what) {
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

}  // namespace triptych::testing
