// A flagship whose spatial and channel prompts are two parts of the chain instead of one.
#include "../train/fixture.h"
#include "prompts_fixture.h"
#include "triptych/compose/dry_run.h"
#include "triptych/compose/spec_source.h"
#include "triptych/manifest/check.h"
#include "triptych/train/weights.h"

namespace triptych::testing {
namespace {

manifest::ModuleChoice open_fusion(const std::string& slot, double gate) {
  return module(slot, "prompt_fusion", {{"width", std::int64_t{6}}, {"gate_start", gate}});
}

compose::Request halves(bool has_fusion, double gate = 0) {
  auto request =
      with_prompts(small_swin(), {module("prompt", "spatial"), small_prompt("channel")}, true);
  if (!has_fusion) return request;
  request.slots.prompt.push_back(open_fusion("prompt", gate));
  request.slots.fusion.insert(request.slots.fusion.begin(), open_fusion("fusion", gate));
  return request;
}

TEST(FlagshipOfHalves, IsAManifestEditAway) {
  const compose::HostSpecs specs(plugins());
  const auto manifest = manifest::load_manifest(
      TRIPTYCH_SOURCE_DIR "/experiments/flagship/tiny.json",
      {"slots.prompt=[{use: spatial}, {use: channel, channel_dim: 64}, {use: prompt_fusion, width: "
       "16}]"},
      specs);
  const auto contract = compose::check_contract(manifest, plugins());
  EXPECT_EQ(contract.fusions[0].dims.prompts, 4);  // two rows per task
  const auto& rows = contract.fusions[0].dims.task_prompts;
  EXPECT_EQ(rows.begin, 0);  // the levels ask with those of the first half
  EXPECT_EQ(rows.count, 2);
  EXPECT_GT(compose::dry_run(contract.request, plugins()).parameters, 0);
}

TEST(FlagshipOfHalves, WithGatesAtZeroIsTheHalvesAlone) {
  const auto plain = halves(false), fused = halves(true);
  const auto expected = tensors_of(plain), found = tensors_of(fused);
  for (const std::string name : {"semseg", "depth", "maps/spatial/stage1", "maps/channel/stage1"}) {
    EXPECT_TRUE(torch::equal(found.at(name), expected.at(name))) << name;
  }
}

// Without fusion the halves do not see each other, in the blocks and in the maps.
TEST(FlagshipOfHalves, LetsTheHalvesSeeEachOtherThroughOpenGates) {
  const auto request = halves(true, 0.5);
  const auto model = composed(request);
  const auto before = tensors_of(*model, request);
  {
    const torch::NoGradGuard no_grad;
    model->named_parameters()["prompt.1.task_prompts"].neg_();  // of the channel half
  }
  const auto after = tensors_of(*model, request);
  const auto change = [&](const std::string& name) {
    return ((after.at(name) - before.at(name)).norm() / before.at(name).norm()).item<float>();
  };
  EXPECT_GT(change("maps/spatial/stage1"), 1e-4);  // rounding: 1e-7
  EXPECT_GT(change("encoder/level1"), 1e-4);
  EXPECT_GT(change("depth"), 1e-4);
}

}  // namespace
}  // namespace triptych::testing

namespace triptych::train {
namespace {

TEST(FlagshipOfHalves, TrainsAndMovesEveryPartOfIt) {
  auto manifest = tiny(/*steps=*/3);
  manifest.slots.embedding =
      choice("embedding", "patch", {{"stride", std::int64_t{4}}, {"width", std::int64_t{16}}});
  manifest.slots.encoder = choice("encoder", "swin",
                                  {{"depths", std::vector<std::int64_t>{2, 1}},
                                   {"head_dim", std::int64_t{8}},
                                   {"window", std::int64_t{4}}});
  manifest.slots.prompt = {
      choice("prompt", "spatial"),
      choice("prompt", "channel",
             {{"channel_dim", std::int64_t{16}}, {"pool", std::vector<std::int64_t>{2, 3}}}),
      choice("prompt", "prompt_fusion", {{"width", std::int64_t{8}}})};
  manifest.slots.fusion = {choice("fusion", "prompt_fusion", {{"width", std::int64_t{8}}}),
                           choice("fusion", "prompt_decode",
                                  {{"decode_width", std::int64_t{6}},
                                   {"width", std::int64_t{8}},
                                   {"upsample", std::int64_t{1}}})};
  const auto initial = compose::compose(compose::check_contract(manifest, plugins()),
                                        static_cast<std::uint64_t>(manifest.seed));
  const Trained run(manifest);
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  const auto trained = read_weights(run.outcome.weights);
  std::map<std::string, int> moved;  // parameters by part
  for (const auto& parameter : initial->named_parameters()) {
    if (torch::equal(parameter.value(), trained.at(parameter.key()))) continue;
    ++moved[initial->part_of(parameter.key())];
  }
  for (const auto& part : initial->parts()) EXPECT_GT(moved[part.name], 0) << part.name;
  EXPECT_NE(run.journal.finals.count("semseg mIoU test"), 0U);
}

}  // namespace
}  // namespace triptych::train
