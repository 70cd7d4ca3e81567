// Widths and merge of prompt decoding: the special values that its manual states.
#include <gmock/gmock.h>

#include "small_model.h"

namespace modules_test {
namespace {

using testing::HasSubstr;
using Values = SmallModel::Values;

/// A model whose weights depend on its options alone.
SmallModel model_of(const Values& encoder, const Values& decoding,
                    std::vector<TaskDims> tasks = {{"semseg", 5, false}, {"depth", 1, false}}) {
  torch::manual_seed(3);
  return SmallModel({.tasks = std::move(tasks),
                     .encoder = encoder,
                     .prompt_params = small_prompts(),
                     .fusion = decoding});
}

/// The first map of the first task, in training.
torch::Tensor map_of(SmallModel& model) {
  torch::manual_seed(4);
  const auto patches = torch::randn({2, 6, 10, 8});
  auto context = make_context(/*is_training=*/true);
  return model.decode(model.encode(patches, context), context)[0][0].map;
}

Values with(Values values, const Values& others) {
  for (const auto& [name, value] : others) values[name] = value;
  return values;
}

const Values kConcat{{"merge", std::string("concat")}};
const Values kOwn{{"level_width", std::string("own")}};

Problem refusal_of(const Values& encoder, const Values& decoding) {
  try {
    (void)model_of(encoder, decoding);
  } catch (const Error& error) {
    return error.problem();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

TEST(PromptDecodeMerge, OfOneLevelIsTheSameInBothWays) {
  auto sum = model_of(small_swin({2}), small_decode());
  auto concat = model_of(small_swin({2}), with(small_decode(), kConcat));
  EXPECT_TRUE(torch::equal(map_of(sum), map_of(concat)));
}

TEST(PromptDecodeMerge, ByConcatWithOneBlockForEveryLevelIsTheSum) {
  auto sum = model_of(small_swin(), small_decode());
  auto concat = model_of(small_swin(), with(small_decode(), kConcat));
  EXPECT_FALSE(torch::allclose(map_of(sum), map_of(concat), 1e-2, 1e-2));
  {
    const torch::NoGradGuard no_grad;
    const auto source = sum.fusion->named_parameters();
    for (auto& item : concat.fusion->named_parameters()) {
      const auto& given = source[item.key()];
      const bool is_merge = item.value().sizes() != given.sizes();
      item.value().copy_(is_merge ? given.repeat({1, 2, 1, 1}) : given);
    }
  }
  EXPECT_TRUE(torch::allclose(map_of(sum), map_of(concat), 1e-5, 1e-5));
}

TEST(PromptDecodeWidth, OfTheLevelsIsTheGivenOneWhereTheyAreEqual) {
  const auto encoder = small_swin({2, 2}, "merged");  // both levels have 16 channels
  const Values equal{{"decode_width", std::int64_t{16}}, {"width", std::int64_t{16}}};
  for (const auto& merge : {Values{}, kConcat}) {
    auto given = model_of(encoder, with(equal, merge));
    auto own = model_of(encoder, with({{"width", std::int64_t{16}}}, with(kOwn, merge)));
    EXPECT_TRUE(torch::equal(map_of(given), map_of(own)));
  }
}

TEST(PromptDecodeWidth, OfTheLevelsHasTheShapesOfEachLevel) {
  auto model = model_of(small_swin({2, 2}, "unmerged"), small_paper_decode());  // 8, 16 channels
  const auto names = model.fusion->named_parameters();
  const auto shape = [&](const std::string& name) { return names[name + ".weight"].sizes().vec(); };
  using Sizes = std::vector<std::int64_t>;
  EXPECT_EQ(shape("fea_decode_spa.0.semseg.0"), (Sizes{8, 8, 1, 1}));
  EXPECT_EQ(shape("fea_decode_chan.1.depth.0"), (Sizes{16, 16, 1, 1}));
  EXPECT_EQ(shape("fea_fuse.0.semseg.0"), (Sizes{8, 16, 1, 1}));
  EXPECT_EQ(shape("fea_fuse.1.semseg.1"), (Sizes{16, 16, 3, 3}));
  EXPECT_EQ(shape("fea_fuse.1.semseg.2"), (Sizes{16}));
  EXPECT_EQ(shape("fea_fuse.0.depth.4"), (Sizes{8, 8, 3, 3}));
  EXPECT_EQ(shape("multi_scale_fuse.depth"), (Sizes{10, 24, 3, 3}));
  EXPECT_EQ(map_of(model).sizes().vec(), (Sizes{2, 10, 6, 10}));  // no up-sampling
}

TEST(PromptDecodeWidth, OfTheLevelsCannotBeSummedWhereTheyDiffer) {
  const auto problem = refusal_of(small_swin({2, 2}, "unmerged"), kOwn);
  EXPECT_EQ(problem.code, "module.132");
  EXPECT_THAT(problem.message, HasSubstr("levels of 8 and 16 channels"));
  EXPECT_THAT(problem.suggestion, HasSubstr("concat"));
}

TEST(PromptDecodeWidth, OfTheLevelsReachesTasksThatWantLevels) {
  // With such a task alone nothing is merged, so that "sum" is no obstacle.
  for (const auto& merge : {Values{}, kConcat}) {
    auto model =
        model_of(small_swin({2, 2}, "unmerged"), with(kOwn, merge), {{"detection", 0, true}});
    auto context = make_context();
    const auto levels =
        model.decode(model.encode(torch::randn({1, 6, 10, 8}), context), context)[0];
    ASSERT_EQ(levels.size(), 2U);
    for (std::size_t l = 0; l < 2; ++l) {
      EXPECT_EQ(levels[l].map.size(1), model.dims.levels[l].channels);
      EXPECT_EQ(model.fusion_ports.features[0][l].channels, model.dims.levels[l].channels);
    }
  }
}

}  // namespace
}  // namespace modules_test
