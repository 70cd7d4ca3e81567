// Prompt fusion in a block against its formulas written down as loops: every reading of every
// descriptor with every way to fuse them.
#include <limits>

#include "written_prompt_fusion.h"

namespace triptych::testing {
namespace {

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

TEST(PromptFusionReference, in_a_block_is_the_formula_of_its_manual) {
  for (const auto& values : settings_of("blocks")) {
    const BlockCase block(values);
    const WrittenBlock expected(block, Weights(*block.part), Settings("blocks", values));
    const auto found = block.run();
    expect_near(found[0][0], expected.p, "prompts, " + text_of(values));
    expect_near(found[1].flatten(1, 2)[0], expected.x, "patches, " + text_of(values));
  }
}

}  // namespace
}  // namespace triptych::testing
