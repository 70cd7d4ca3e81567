// Every value of every param of the embeddings, in all combinations that differ: shapes, gradients.
#include "directional.h"
#include "embedding_fixture.h"

namespace flagship_test {
namespace {

using Settings = std::vector<Values>;

/// Each of `settings` with each of `choices`.
Settings times(const Settings& settings, const Settings& choices) {
  Settings all;
  for (const auto& setting : settings) {
    for (auto choice : choices) {
      choice.insert(setting.begin(), setting.end());
      all.push_back(std::move(choice));
    }
  }
  return all;
}

const Settings kContexts{{{"context", "none"}},
                         {{"context", "large_kernel"}, {"context_size", std::int64_t{5}}},
                         {{"context", "pooled_attention"}, {"context_grid", std::int64_t{2}}}};
const Settings kLocalNorms{{{"local_norm", "batch"}}, {{"local_norm", "group"}}};
const Settings kOperators{{{"contour_operator", "sobel_log"}},
                          {{"log_sigmas", std::vector<double>{}}},
                          {{"contour_operator", "pixel_difference"}},
                          {{"contour_operator", "pixel_difference_angular"}},
                          {{"contour_operator", "pixel_difference_radial"}}};
const Settings kFuses{{{"fuse", "sum"}},
                      {{"fuse", "concat"}},
                      {{"fuse", "gate"}, {"gates", "cell"}},
                      {{"fuse", "gate"}, {"gates", "channel"}, {"gate_logit", -1.0}}};

/// `triple` with these branches, in every way that changes something.
Settings settings_of(bool has_global, bool has_local, bool has_contour) {
  Settings all{{{"global", has_global}, {"local", has_local}, {"contour", has_contour}}};
  if (has_global) all = times(all, kContexts);
  if (has_local) all = times(all, kLocalNorms);
  if (has_contour) all = times(all, kOperators);
  if (has_global + has_local + has_contour > 1) all = times(all, kFuses);
  return all;
}

const Dims kEdges = dims_of({{"edges", 1, false}});

std::string text_of(const std::string& name, const Values& values) {
  auto text = name;
  for (const auto& [param, value] : values) text += " " + param + "=" + to_text(value);
  return text;
}

/// Shape of the patches, and the gradient of image and parameters with nothing at its start.
void expect_sound(const std::string& name, Values values) {
  const std::int64_t width = name == "wide_stem" ? 16 : 6;  // narrower stems cannot be matched
  values.insert({"width", width});
  const auto what = text_of(name, values);
  const auto embedding = make(name, values, 1, kEdges);
  embedding->to(torch::kDouble);
  scatter(*embedding);
  const auto rgb = images_of(/*batch=*/1).rgb.to(torch::kDouble).requires_grad_();
  const auto value = [&] {
    auto context = make_context(/*is_training=*/true);
    const auto patches = embedding->forward({rgb, {}}, context).patches;
    EXPECT_EQ(patches.size(3), width) << what;
    auto sum = patches.sin().sum();
    for (const auto& side : context.auxiliaries) sum = sum + side.prediction.map.sin().sum();
    return sum;
  };
  auto moved = embedding->parameters();
  moved.push_back(rgb);
  triptych::testing::expect_directional_derivative(moved, value, what);
}

TEST(Settings, OfTripleHaveTheGradientsOfFiniteDifferences) {
  int tried = 0;
  for (int branches = 1; branches < 8; ++branches) {
    for (auto values : settings_of(branches & 1, branches & 2, branches & 4)) {
      if (branches & 4) values.insert({"edge_task", "edges"});
      expect_sound("triple", values);
      ++tried;
    }
  }
  EXPECT_EQ(tried, 3 + 2 + 5 + 3 * 2 * 4 + 3 * 5 * 4 + 2 * 5 * 4 + 3 * 2 * 5 * 4);
}

TEST(Settings, OfTheOthersHaveTheGradientsOfFiniteDifferences) {
  const Settings patch{{}, {{"norm", false}}, {{"image_scale", 0.5}, {"stride", std::int64_t{2}}}};
  for (const auto& values : patch) expect_sound("patch", values);
  for (const auto& values : times(patch, {{}, {{"context_size", std::int64_t{3}}}})) {
    expect_sound("large_kernel", values);
  }
  for (auto values : times(patch, kOperators)) {
    expect_sound("contour", values);
    values.insert({"edge_task", "edges"});
    expect_sound("contour", values);
  }
  for (const char* norm : {"batch", "group"}) {
    for (const std::int64_t stride : {2, 4, 8}) {
      expect_sound("conv_stem", {{"norm", norm}, {"stride", stride}});
    }
  }
}

TEST(Settings, OfWideStemHaveTheGradientsOfFiniteDifferences) {
  for (auto values : times(times(kLocalNorms, kOperators), kFuses)) {
    values.insert({"edge_task", "edges"});
    expect_sound("wide_stem", values);
  }
}

}  // namespace
}  // namespace flagship_test
