// Embeddings, the convolutional encoder and the heads: shapes as their ports say.
#include <gtest/gtest.h>

#include "open_plugin.h"

namespace modules_test {
namespace {

struct Built {
  std::shared_ptr<Embedding> module;
  GridDims grid;
};

Built make_embedding(const std::string& name, const Dims& dims,
                     const std::map<std::string, ParamValue>& values = {}) {
  const auto& factory = open_factory<EmbeddingFactory>("embedding", name);
  const auto params = params_of(factory.spec(), values);
  const auto grid = factory.ports(params, dims);
  return {factory.build(params, dims), grid};
}

TEST(Embeddings, GiveTheGridThatTheirPortsSay) {
  for (const std::string name : {"patch", "conv_stem"}) {
    for (const ImageSize image : {ImageSize{32, 48}, ImageSize{16, 8}}) {
      Dims dims;
      dims.image = image;
      const auto built = make_embedding(name, dims, {{"width", std::int64_t{12}}});
      auto context = make_context();
      const auto grid =
          built.module->forward({torch::randn({2, 3, image.height, image.width}), {}}, context);
      EXPECT_EQ(grid.patches.sizes(),
                (std::vector<std::int64_t>{2, built.grid.height, built.grid.width, 12}))
          << name;
      EXPECT_EQ(built.grid.stride, 4.0);
    }
  }
}

TEST(ConvStem, RoundsOddGridsUp) {
  Dims dims;
  dims.image = {30, 45};
  const auto built = make_embedding("conv_stem", dims, {{"width", std::int64_t{8}}});
  EXPECT_EQ(built.grid.height, 8);
  EXPECT_EQ(built.grid.width, 12);
  auto context = make_context();
  const auto grid = built.module->forward({torch::randn({1, 3, 30, 45}), {}}, context);
  EXPECT_EQ(grid.patches.sizes(), (std::vector<std::int64_t>{1, 8, 12, 8}));
}

TEST(Patch, ScalesTheImageAndStatesTheStrideInImagePixels) {
  Dims dims;
  dims.image = {64, 128};
  const auto built = make_embedding("patch", dims, {{"image_scale", 0.75}});
  EXPECT_EQ(built.grid.height, 12);
  EXPECT_EQ(built.grid.width, 24);
  EXPECT_NEAR(built.grid.stride, 16.0 / 3, 1e-12);
}

TEST(Patch, RefusesImagesThatItCannotCut) {
  Dims dims;
  dims.image = {30, 32};
  try {
    (void)make_embedding("patch", dims);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.101");
    EXPECT_NE(std::string(error.what()).find("30x32"), std::string::npos);
  }
}

TEST(ConvStem, RefusesStridesThatAreNoPowerOfTwo) {
  Dims dims;
  dims.image = {32, 32};
  EXPECT_THROW((void)make_embedding("conv_stem", dims, {{"stride", std::int64_t{6}}}), Error);
}

TEST(ConvPyramid, GivesTheLevelsThatItsPortsSayOnOddGrids) {
  const auto& factory = open_factory<EncoderFactory>("encoder", "conv_pyramid");
  Dims dims;
  dims.grid = {.height = 7, .width = 9, .channels = 6, .stride = 4};
  const auto params = params_of(factory.spec(), {{"widths", std::vector<std::int64_t>{8, 12, 16}},
                                                 {"blocks", std::vector<std::int64_t>{1, 2, 1}}});
  const auto ports = factory.ports(params, dims);
  EXPECT_FALSE(ports.hosts_prompts);
  dims.stages = ports.stages;
  dims.levels = ports.levels;
  const auto encoder = factory.build(params, dims);
  PromptChain chain({}, {}, ports.stages, false);
  auto context = make_context();
  auto state = encoder->begin({torch::randn({2, 7, 9, 6})}, chain, context);
  for (std::int64_t s = 0; s < 3; ++s) {
    encoder->blocks(s, state);
    EXPECT_EQ(state.patches.size(1), ports.stages[static_cast<std::size_t>(s)].height);
    if (s < 2) encoder->merge(s, state);
  }
  const auto levels = encoder->finish(state);
  ASSERT_EQ(levels.size(), ports.levels.size());
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const auto& level = ports.levels[l];
    EXPECT_EQ(levels[l].map.sizes(),
              (std::vector<std::int64_t>{2, level.channels, level.height, level.width}));
    EXPECT_EQ(levels[l].stride, level.stride);
  }
}

Dims head_dims(std::vector<LevelDims> levels, std::int64_t outputs) {
  Dims dims;
  dims.tasks = {{"semseg", outputs, false}};
  dims.task_index = 0;
  dims.levels = std::move(levels);
  return dims;
}

TEST(Heads, ProjectAndSumSeveralLevelsAtTheFinest) {
  const auto dims = head_dims({{8, 12, 6, 4.0, 0}, {4, 6, 10, 8.0, 1}}, 5);
  for (const auto& [name, factor] : {std::pair<std::string, int>{"conv", 1}, {"deconv", 2}}) {
    const auto& factory = open_factory<HeadFactory>("head", name);
    const auto head = factory.build(params_of(factory.spec(), {{"width", std::int64_t{16}}}), dims);
    auto context = make_context();
    const auto prediction = head->forward(
        {{torch::randn({2, 6, 8, 12}), 4.0}, {torch::randn({2, 10, 4, 6}), 8.0}}, context);
    EXPECT_EQ(prediction.map.sizes(), (std::vector<std::int64_t>{2, 5, 8 * factor, 12 * factor}));
  }
}

// Own arithmetic, from the layer sizes that the paper's code base uses at 450 channels.
TEST(Heads, HaveTheParametersOfTaskPrompterOnOneLevel) {
  const auto count = [](const std::string& name, std::int64_t outputs) {
    const auto& factory = open_factory<HeadFactory>("head", name);
    const auto params = params_of(factory.spec(), {{"width", std::int64_t{450}}});
    return count_parameters(*factory.build(params, head_dims({{8, 8, 450, 4.0, 0}}, outputs)));
  };
  EXPECT_EQ(count("deconv", 19), 866269);
  EXPECT_EQ(count("deconv", 1), 862201);
  // conv: 3x3 450 -> 450 with bias, BN, 1x1 predictor.
  EXPECT_EQ(count("conv", 19), 450 * 450 * 9 + 450 + 2 * 450 + 450 * 19 + 19);
}

TEST(Heads, RefuseAnOddWidthForTheTransposedConvolution) {
  const auto& factory = open_factory<HeadFactory>("head", "deconv");
  EXPECT_THROW((void)factory.build(params_of(factory.spec(), {{"width", std::int64_t{7}}}),
                                   head_dims({{8, 8, 7, 4.0, 0}}, 2)),
               Error);
}

}  // namespace
}  // namespace modules_test
