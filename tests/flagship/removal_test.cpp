// Every part of the flagship goes by an edit of its manifest alone, and what is left still trains.
#include "prompts_fixture.h"
#include "signature.h"
#include "triptych/compose/dry_run.h"
#include "triptych/compose/spec_source.h"
#include "triptych/manifest/check.h"

namespace triptych::testing {
namespace {

using Edits = std::vector<std::string>;

compose::Contract flagship(const Edits& edits = {}) {
  const compose::HostSpecs specs(plugins());
  const auto manifest =
      manifest::load_manifest(TRIPTYCH_SOURCE_DIR "/experiments/flagship/tiny.json", edits, specs);
  return compose::check_contract(manifest, plugins());
}

const std::string kDecode = "{use: prompt_decode, decode_width: 24, width: 32, upsample: 1}";
const std::string kPrompts = "{use: spatial_channel, channel_dim: 64}";
const std::string kFusion = "{use: prompt_fusion, width: 16}";

struct Removal {
  std::string name;
  Edits edits;
};

std::vector<Removal> removals() {
  std::vector<Removal> all;
  for (const std::string branch : {"global", "local", "contour"}) {
    all.push_back({"without_" + branch, {"slots.embedding." + branch + "=false"}});
    Edits others;
    for (const std::string other : {"global", "local", "contour"}) {
      if (other != branch) others.push_back("slots.embedding." + other + "=false");
    }
    all.push_back({branch + "_alone", others});
  }
  all.push_back({"without_context", {"slots.embedding.context=none"}});
  for (const std::string use : {"patch", "large_kernel", "conv_stem", "contour", "wide_stem"}) {
    all.push_back(
        {use + "_for_triple", {"slots.embedding={use: " + use + ", stride: 4, width: 32}"}});
  }
  all.push_back({"without_fusion_in_blocks", {"slots.prompt=[" + kPrompts + "]"}});
  all.push_back({"without_fusion_at_levels", {"slots.fusion=[" + kDecode + "]"}});
  all.push_back({"without_decoding", {"slots.fusion=[" + kFusion + "]"}});
  all.push_back({"without_fusions", {"slots.fusion=[]"}});
  all.push_back({"without_prompts", {"slots.prompt=[]", "slots.fusion=[]"}});
  all.push_back({"spatial_half", {"slots.prompt=[{use: spatial}, " + kFusion + "]"}});
  all.push_back(
      {"channel_half", {"slots.prompt=[{use: channel, channel_dim: 64}, " + kFusion + "]"}});
  const std::string shared = "slots.fusion=[]";
  all.push_back(
      {"shallow_prompts", {"slots.prompt=[{use: vpt_shallow}, " + kFusion + "]", shared}});
  all.push_back({"deep_prompts", {"slots.prompt=[{use: vpt_deep}]", shared}});
  all.push_back({"deep_prompts_into_the_image",
                 {"slots.prompt=[{use: vpt_deep}, {use: prompt_fusion, on: image}]", shared}});
  for (const std::string chain : {"prompt.1", "fusion.0"}) {
    const auto place = chain == "prompt.1" ? "_in_blocks" : "_at_levels";
    for (const std::string descriptor : {"image_salient", "image_trend", "image_raw",
                                         "prompt_salient", "prompt_trend", "prompt_raw"}) {
      all.push_back(
          {"without_" + descriptor + place, {"slots." + chain + "." + descriptor + "=none"}});
    }
    all.push_back(
        {"without_attention" + std::string(place), {"slots." + chain + ".prompt_attention=false"}});
    for (const std::string on : {"image", "prompt"}) {
      all.push_back({"on_" + on + place, {"slots." + chain + ".on=" + on}});
    }
    all.push_back({"plain" + std::string(place), {"slots." + chain + ".fuse=concat_linear"}});
  }
  all.push_back({"last_blocks_alone", {"slots.prompt.1.blocks=last_of_stage"}});
  return all;
}

class Removed : public ::testing::TestWithParam<Removal> {};

TEST_P(Removed, IsAnotherModelThatEveryGradientReachesForOneTaskAndForTwo) {
  static const auto whole = signature_of(flagship());
  const auto contract = flagship(GetParam().edits);
  EXPECT_NE(signature_of(contract), whole);
  auto request = contract.request;
  EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
  request.tasks.resize(1);
  EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
}

INSTANTIATE_TEST_SUITE_P(Parts, Removed, ::testing::ValuesIn(removals()),
                         [](const auto& info) { return info.param.name; });

// What a block makes of deep prompts is dropped, so that a change of them would be lost.
TEST(Flagship, SaysThatNothingReadsTheDeepPromptsItChanges) {
  const auto contract =
      flagship({"slots.prompt=[{use: vpt_deep}, " + kFusion + "]", "slots.fusion=[]"});
  try {
    (void)compose::dry_run(contract.request, plugins());
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "contract.251");
    EXPECT_EQ(error.problem().pointer, "/slots/prompt/1");
  }
}

std::vector<torch::Tensor> predictions_of(const compose::Contract& contract) {
  const auto model = compose::compose(contract, 1);
  model->eval();
  const torch::NoGradGuard no_grad;
  auto side = context();
  std::vector<torch::Tensor> maps;
  for (const auto& prediction :
       model->forward(random_images(contract.request, /*batch=*/1), side).predictions) {
    maps.push_back(prediction.map);
  }
  return maps;
}

// The shapes that the picture in platform/docs/flagship.md shows, at H W = 96 192, S = 4, C = 32,
// T = 2, three stages of one head for every 16 channels, levels before the merge.
TEST(Flagship, HasTheShapesOfItsPicture) {
  const auto contract = flagship();
  const auto model = compose::compose(contract, 1);
  const auto seen = tensors_of(*model, contract.request);
  using Shape = std::vector<std::int64_t>;
  const auto shape = [&](const std::string& name) {
    const auto found = seen.find(name);
    return found == seen.end() ? Shape{} : found->second.sizes().vec();
  };
  for (const std::string branch : {"global", "local", "contour"}) {
    EXPECT_EQ(shape("embedding/" + branch), (Shape{2, 24, 48, 32})) << branch;
  }
  for (std::int64_t s = 0; s < 3; ++s) {
    const auto at = std::to_string(s);
    const auto height = 24 >> s, width = 48 >> s, channels = 32 << s;
    EXPECT_EQ(shape("prompts/stage" + at), (Shape{2, 2, channels}));
    EXPECT_EQ(shape("maps/spatial/stage" + at), (Shape{2, channels / 16, 2, height, width}));
    EXPECT_EQ(shape("maps/channel/stage" + at), (Shape{2, 2, channels, 1, 1}));
    EXPECT_EQ(shape("encoder/level" + at), (Shape{2, channels, height, width}));
  }
  EXPECT_EQ(shape("semseg"), (Shape{2, 19, 24, 48}));
  EXPECT_EQ(shape("depth"), (Shape{2, 1, 24, 48}));
}

// The gates start at 0: what is taken away has not yet said anything, and what stays starts as it
// would have.
TEST(Flagship, StartsAsItselfWithoutPromptFusion) {
  const auto whole = predictions_of(flagship());
  const std::string blocks = "slots.prompt=[" + kPrompts + "]";
  const std::string levels = "slots.fusion=[" + kDecode + "]";
  for (const auto& edits : std::vector<Edits>{{blocks}, {levels}, {blocks, levels}}) {
    const auto less = predictions_of(flagship(edits));
    ASSERT_EQ(less.size(), 2u);
    for (std::size_t t = 0; t < 2; ++t) EXPECT_TRUE(torch::equal(less[t], whole[t]));
  }
}

TEST(Flagship, WithPatchAndWithoutPromptFusionIsTheTaskPrompterOfItsBaselines) {
  const auto less = flagship({"slots.embedding={use: patch, stride: 4, width: 32}",
                              "slots.prompt=[" + kPrompts + "]", "slots.fusion=[" + kDecode + "]"});
  const auto bare = flagship({"slots.embedding.local=false", "slots.embedding.contour=false",
                              "slots.embedding.context=none", "slots.prompt=[" + kPrompts + "]",
                              "slots.fusion=[" + kDecode + "]"});
  const auto expected = predictions_of(less), found = predictions_of(bare);
  for (std::size_t t = 0; t < 2; ++t) EXPECT_TRUE(torch::equal(found[t], expected[t]));
}

}  // namespace
}  // namespace triptych::testing
