// The modules put together by the platform: dry runs of their combinations, and the parameter
// counts of a published model that a manifest expresses by params alone.
#include <gmock/gmock.h>
#include <triptych/compose/count.h>
#include <triptych/compose/dry_run.h>
#include <triptych/compose/spec_source.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/check.h>

#include <array>

#include "open_plugin.h"

namespace modules_test {
namespace {

using testing::HasSubstr;

const host::PluginHost& plugins() {
  static const host::PluginHost host([] {
    host::HostOptions options;
    options.path.given = {TRIPTYCH_BINARY_DIR "/plugins"};
    options.probes_first = false;
    return options;
  }());
  return host;
}

using Values = std::map<std::string, ParamValue>;

manifest::ModuleChoice choice(const std::string& slot, const std::string& name,
                              const Values& values = {}) {
  return {.use = name, .params = params_of(plugins().spec(slot, name), values)};
}

/// `tasks` of semseg, depth and edges on 32x64 images through small modules.
compose::Request request_of(std::size_t tasks, const std::string& embedding = "patch",
                            const std::string& encoder = "swin") {
  compose::Request request{.image = {32, 64}, .tasks = {}, .slots = {}};
  const std::vector<std::pair<std::string, Values>> all{
      {"semseg", {{"classes", std::int64_t{4}}}}, {"depth", {}}, {"edges", {}}};
  for (std::size_t t = 0; t < tasks; ++t) {
    const auto head = t == 1 ? "deconv" : "conv";
    request.tasks.push_back({.name = all[t].first,
                             .task = choice("task", all[t].first, all[t].second),
                             .outputs = 0,
                             .head = choice("head", head, {{"width", std::int64_t{12}}})});
  }
  request.slots.embedding = choice("embedding", embedding, {{"width", std::int64_t{16}}});
  request.slots.encoder = encoder == "swin" ? choice("encoder", "swin",
                                                     {{"depths", std::vector<std::int64_t>{1, 2}},
                                                      {"head_dim", std::int64_t{8}},
                                                      {"window", std::int64_t{4}},
                                                      {"drop_path", 0.1}})
                                            : choice("encoder", encoder,
                                                     {{"widths", std::vector<std::int64_t>{8, 12}},
                                                      {"blocks", std::vector<std::int64_t>{1, 1}}});
  return request;
}

manifest::ModuleChoice spatial_channel(const std::string& channel = "pooled") {
  return choice("prompt", "spatial_channel",
                {{"channel_dim", std::int64_t{16}},
                 {"channel", channel},
                 {"pool", std::vector<std::int64_t>{2, 4}}});
}

manifest::ModuleChoice prompt_decode() {
  return choice("fusion", "prompt_decode",
                {{"decode_width", std::int64_t{8}}, {"width", std::int64_t{12}}});
}

TEST(Composed, HardSharingReachesEveryParameter) {
  for (const std::string embedding : {"patch", "conv_stem"}) {
    for (const std::string encoder : {"swin", "conv_pyramid"}) {
      for (const std::size_t tasks : {1U, 3U}) {
        const auto request = request_of(tasks, embedding, encoder);
        EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0)
            << embedding << " " << encoder;
      }
    }
  }
}

TEST(Composed, PromptsReachEveryParameterDecodedAndNot) {
  for (const std::size_t tasks : {1U, 2U, 3U}) {
    auto request = request_of(tasks);
    request.slots.prompt = {choice("prompt", "task_tokens")};
    EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
    request.slots.prompt = {spatial_channel()};
    EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
    request.slots.prompt = {spatial_channel("full"), choice("prompt", "task_tokens")};
    request.slots.fusion = {prompt_decode()};
    EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
    request.slots.fusion = {prompt_decode(), choice("fusion", "gated")};
    EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
  }
}

TEST(Composed, EveryTaskMayHaveItsOwnEncoderAndPrompts) {
  auto request = request_of(3);
  request.slots.prompt = {spatial_channel()};
  request.slots.fusion = {choice("fusion", "gated"), prompt_decode()};
  const auto contract = compose::check_contract(request, plugins());
  EXPECT_EQ(contract.streams.size(), 3U);
  EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
}

TEST(Composed, PromptDecodeWithoutKeptMapsIsAContractError) {
  auto request = request_of(2);
  request.slots.prompt = {choice("prompt", "task_tokens")};
  request.slots.fusion = {prompt_decode()};
  try {
    (void)compose::check_contract(request, plugins());
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "contract.206");
    EXPECT_EQ(error.problem().pointer, "/slots/fusion/0");
    EXPECT_THAT(error.what(), HasSubstr("spatial"));
  }
}

TEST(Composed, ConvPyramidRefusesPrompts) {
  auto request = request_of(2, "patch", "conv_pyramid");
  request.slots.prompt = {spatial_channel()};
  EXPECT_THROW((void)compose::check_contract(request, plugins()), Error);
}

// Every param that a spec declares is read by the time the model is built.
TEST(Composed, ModulesReadAllTheirParams) {
  auto request = request_of(3);
  request.slots.prompt = {spatial_channel(), choice("prompt", "task_tokens")};
  request.slots.fusion = {prompt_decode()};
  const auto contract = compose::check_contract(request, plugins());
  (void)compose::compose(contract, 1);
  const auto expect_read = [](const compose::PartPlan& plan) {
    for (const auto& [name, value] : plan.params.values()) {
      EXPECT_TRUE(plan.params.consumed().contains(name)) << plan.title() << " " << name;
    }
  };
  expect_read(contract.streams[0].embedding);
  expect_read(contract.streams[0].encoder);
  for (const auto& part : contract.streams[0].prompts) expect_read(part);
  for (const auto& part : contract.fusions) expect_read(part);
  for (const auto& part : contract.heads) expect_read(part);
  for (const auto& part : contract.tasks) expect_read(part);
}

std::int64_t linear(std::int64_t in, std::int64_t out) { return in * out + out; }
std::int64_t conv(std::int64_t in, std::int64_t out, std::int64_t side) {
  return in * out * side * side + out;
}

// Parameters by part, patch embedding with the encoder.
using Counts = std::map<std::string, std::int64_t>;

// What both of TaskPrompter's Cityscapes-3D models have before their decoders, with two tasks: own
// arithmetic from the layer sizes of the paper's code base.
Counts expected_trunk() {
  constexpr std::int64_t kTasks = 2, kWidth = 256;
  constexpr std::array<std::int64_t, 4> kBlocks{2, 2, 18, 2};
  Counts count;
  auto& encoder = count["encoder"];
  auto& keys = count["chan_kv"];
  auto& prompts = count["prompt.0"];
  encoder = conv(3, 128, 4) + 2 * 128 + 2 * 1024;  // patches with their norm, the last norm
  prompts = kTasks * 128;
  for (std::size_t s = 0; s < 4; ++s) {
    const std::int64_t channels = 128 << s, heads = channels / 32;
    const std::int64_t patches = (192 * 384) >> (2 * s);
    encoder += kBlocks[s] *
               (2 * 2 * channels + linear(channels, 3 * channels) + linear(channels, channels) +
                23 * 23 * heads + linear(channels, 4 * channels) + linear(4 * channels, channels));
    keys += kBlocks[s] * linear(patches, 2 * kWidth);
    prompts += kBlocks[s] *
               (2 * linear(kWidth, kWidth) + linear(channels, kWidth) + linear(kWidth, channels));
    if (s == 3) break;
    encoder += 2 * 4 * channels + 4 * channels * 2 * channels;
    prompts += 2 * (channels * 2 * channels) + conv(heads * kTasks, heads * kTasks, 3);
  }
  prompts -= linear(kWidth, kWidth) + linear(kWidth, 1024);  // the last block updates no prompts
  return count;
}

Counts counts_of(const compose::Model& model) {
  Counts count;
  for (const auto& item : model.named_parameters()) {
    const auto& name = item.key();
    const auto part = model.part_of(name);
    auto group = part == "embedding" ? std::string("encoder") : part;
    if (name.find(".chan_kv.") != std::string::npos) group = "chan_kv";
    if (name.find("multi_scale_fuse") != std::string::npos) group = "multi_scale_fuse";
    count[group] += item.value().numel();
  }
  return count;
}

compose::Contract reproduction(const std::string& name) {
  const compose::HostSpecs specs(plugins());
  const auto file = TRIPTYCH_SOURCE_DIR "/experiments/reproduction/" + name + ".json";
  return compose::check_contract(manifest::load_manifest(file, {}, specs), plugins());
}

TEST(TaskPrompter, OnCityscapes3dHasTheParametersOfTheOriginal) {
  const auto contract = reproduction("taskprompter_cityscapes3d");
  const auto& levels = contract.streams[0].levels;
  ASSERT_EQ(levels.size(), 4U);
  EXPECT_NEAR(levels[0].stride, 8 / 0.75, 1e-9);
  EXPECT_EQ(levels[3].channels, 1024);
  EXPECT_EQ(contract.fusions[0].ports.features[0][0].height, 192);
  EXPECT_EQ(contract.fusions[0].ports.features[0][0].width, 384);

  const auto model = compose::compose(contract, 1);
  auto expected = expected_trunk();
  EXPECT_EQ(expected["encoder"], 86'878'584);
  EXPECT_EQ(expected["chan_kv"], 138'031'104);
  EXPECT_EQ(expected["prompt.0"], 10'396'280);
  expected["fusion.0"] = 33'908'880;
  expected["multi_scale_fuse"] = 3'645'900;
  expected["head.semseg"] = 866'269;
  expected["head.depth"] = 862'201;
  EXPECT_EQ(counts_of(*model), expected);
  EXPECT_EQ(compose::count_parameters(*model).parameters, 274'589'218);
}

// A task's branch at a level of C channels: two 1x1 convolutions C -> C, one 2C -> C, two 3x3
// C -> C with a norm between them. The levels joined: 256 + 512 + 1024 + 1024 = 2816 channels.
TEST(TaskPrompter, OfThePaperOnCityscapes3dHasTheParametersOfItsLayers) {
  const auto contract = reproduction("taskprompter_cityscapes3d_paper");
  const auto& map = contract.fusions[0].ports.features[0].at(0);
  EXPECT_EQ(map.height, 96);  // no up-sampling: the finest level
  EXPECT_EQ(map.width, 192);
  EXPECT_EQ(map.channels, 512);

  std::int64_t branches = 0;
  for (const std::int64_t channels : {256, 512, 1024, 1024}) {
    branches += 2 * conv(channels, channels, 1) + conv(2 * channels, channels, 1) +
                2 * conv(channels, channels, 3) + 2 * channels;
  }
  const auto head = [](std::int64_t outputs) {
    return conv(512, 512, 3) + 2 * 512 + conv(512, outputs, 1);
  };
  auto expected = expected_trunk();
  expected["fusion.0"] = 2 * branches;
  expected["multi_scale_fuse"] = 2 * conv(2816, 512, 3);
  expected["head.semseg"] = head(19);
  expected["head.depth"] = head(1);
  const auto model = compose::compose(contract, 1);
  EXPECT_EQ(counts_of(*model), expected);
  EXPECT_EQ(compose::count_parameters(*model).parameters, 372'723'204);
}

// The paper's recipe regresses depth in metres with 0 for pixels without a measurement; the current
// one disparity in pixels, without those, which hold -1.
TEST(TaskPrompter, OfThePaperIsTaughtPixelsWithoutAMeasurement) {
  const auto weight = [](const std::string& manifest, float invalid) {
    const auto contract = reproduction(manifest);
    const auto& plan = contract.tasks.at(1);
    EXPECT_EQ(plan.info.metrics.at(0).name, "rmse");
    EXPECT_EQ(plan.info.metrics.at(0).unit, plan.info.label == "depth" ? "m" : "px");
    const auto truth = torch::tensor({10.0F, invalid}).view({1, 1, 1, 2});
    const Target target{.map = truth, .present = {true}, .lists = {}};
    const auto terms =
        plan.factory.build(plan.params)->loss({torch::ones({1, 1, 1, 2}), {}}, target);
    return terms.at(0).weight.item<double>();
  };
  EXPECT_EQ(weight("taskprompter_cityscapes3d_paper", 0), 2.0);
  EXPECT_EQ(weight("taskprompter_cityscapes3d", -1), 1.0);
}

// Names of the public checkpoints, so that they load by name.
TEST(TaskPrompter, ParametersCarryTheNamesOfThePublicCheckpoints) {
  auto request = request_of(2);
  request.slots.encoder.params = request.slots.encoder.params.with("levels", std::string("merged"));
  request.slots.prompt = {spatial_channel("full")};
  request.slots.fusion = {prompt_decode()};
  for (auto& task : request.tasks) {
    task.head = choice("head", "deconv", {{"width", std::int64_t{12}}});
  }
  const auto model = compose::compose(compose::check_contract(request, plugins()), 1);
  const auto names = model->named_parameters();
  for (const auto* name : {"embedding.proj.weight",
                           "embedding.norm.bias",
                           "encoder.layers.0.blocks.0.norm1.weight",
                           "encoder.layers.0.blocks.0.attn.relative_position_bias_table",
                           "encoder.layers.0.blocks.0.attn.qkv.bias",
                           "encoder.layers.1.blocks.1.attn.proj.weight",
                           "encoder.layers.1.blocks.1.mlp.fc1.weight",
                           "encoder.layers.1.blocks.1.mlp.fc2.bias",
                           "encoder.layers.0.downsample.norm.weight",
                           "encoder.layers.0.downsample.reduction.weight",
                           "encoder.norm.weight",
                           "prompt.0.task_prompts",
                           "prompt.0.layers.0.blocks.0.chan_q.weight",
                           "prompt.0.layers.0.blocks.0.chan_kv.weight",
                           "prompt.0.layers.0.blocks.0.token_trans.bias",
                           "prompt.0.layers.0.blocks.0.chan_proj.weight",
                           "prompt.0.layers.0.blocks.0.token_trans1.weight",
                           "prompt.0.layers.0.downsample.process_chan_attn.weight",
                           "prompt.0.layers.0.downsample.task_prompts_up.weight",
                           "prompt.0.layers.0.downsample.spa_attn_ds.bias",
                           "fusion.0.fea_decode_spa.0.semseg.0.weight",
                           "fusion.0.fea_decode_chan.1.depth.0.bias",
                           "fusion.0.fea_fuse.0.semseg.0.weight",
                           "fusion.0.fea_fuse.0.semseg.1.weight",
                           "fusion.0.fea_fuse.1.depth.2.weight",
                           "fusion.0.fea_fuse.1.depth.4.bias",
                           "fusion.0.multi_scale_fuse.depth.weight",
                           "head.semseg.mt_proj.0.weight",
                           "head.semseg.mt_proj.1.weight",
                           "head.depth.mt_proj.3.weight",
                           "head.depth.mt_proj.4.bias",
                           "head.depth.linear_pred.weight"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  EXPECT_FALSE(names.contains("prompt.0.layers.1.blocks.1.chan_proj.weight"));
  EXPECT_FALSE(names.contains("encoder.layers.0.downsample.reduction.bias"));
}

}  // namespace
}  // namespace modules_test
