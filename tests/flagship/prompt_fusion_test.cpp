// Prompt fusion: the special values that its manuals state, its gradients and its controls.
#include "prompt_fusion_parts.h"
#include "triptych/compose/dry_run.h"

namespace triptych::testing {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string>& places() {
  static const std::vector<std::string> all{"blocks", "levels", "both"};
  return all;
}

void expect_closed_gates_change_nothing(const compose::Request& base, const std::string& what) {
  const auto images = random_images(base);
  for (const auto& place : places()) {
    const auto plain = composed(base);  // anew: training passes move running statistics
    const auto fused = composed(with_fusion(base, place, {{"gate_start", 0.0}}));
    EXPECT_GT(size_of(*fused), size_of(*plain));
    for (const bool is_training : {true, false}) {
      EXPECT_TRUE(are_equal(outputs_of(*fused, images, is_training),
                            outputs_of(*plain, images, is_training)))
          << place << ", " << what;
    }
  }
}

TEST(PromptFusion, with_gates_at_zero_is_exactly_task_prompter) {
  for (const std::size_t tasks : {1U, 2U, 3U}) {
    for (const std::string levels : {"merged", "unmerged"}) {
      const auto what = std::to_string(tasks) + " tasks, " + levels;
      expect_closed_gates_change_nothing(task_prompter(tasks, levels), what);
      expect_closed_gates_change_nothing(task_prompter_of_paper(tasks, levels), what + ", paper");
    }
  }
}

TEST(PromptFusion, with_open_gates_is_not_task_prompter) {
  for (const auto& base : {task_prompter(2), task_prompter_of_paper(2)}) {
    const auto images = random_images(base);
    const auto expected = outputs_of(*composed(base), images);
    for (const auto& place : places()) {
      for (const std::string on : {"image", "prompt", "both"}) {
        const auto found = outputs_of(*composed(with_fusion(base, place, {{"on", on}})), images);
        const auto change = (found[0] - expected[0]).norm() / expected[0].norm();
        EXPECT_GT(change.item<float>(), 1e-5) << place << " on " << on;  // rounding: 1e-7
      }
    }
  }
}

TEST(PromptFusion, descriptor_that_is_off_equals_zeros_in_its_place) {
  const auto base = task_prompter(3);
  const auto images = random_images(base);
  for (const std::string place : {"blocks", "levels"}) {
    for (const std::string fuse : {"gate", "concat_linear"}) {
      for (const auto& [descriptor, unused] : readings(place)) {
        const auto zeros = composed(with_fusion(
            base, place,
            {{"fuse", fuse}, {"control", "zeros"}, {"control_descriptor", descriptor}}));
        const auto off = composed(with_fusion(base, place, {{"fuse", fuse}, {descriptor, "none"}}));
        EXPECT_LT(size_of(*off), size_of(*zeros));
        copy_weights(*zeros, *off);
        EXPECT_TRUE(are_equal(outputs_of(*off, images), outputs_of(*zeros, images)))
            << place << " " << fuse << " " << descriptor;
      }
    }
  }
}

TEST(PromptFusion, every_reading_of_every_descriptor_gives_another_model) {
  const auto base = task_prompter(2);
  const auto images = random_images(base);
  for (const std::string place : {"blocks", "levels"}) {
    for (const auto& [descriptor, choices] : readings(place)) {
      std::vector<torch::Tensor> seen{
          outputs_of(*composed(with_fusion(base, place, {{descriptor, "none"}})), images)[0]};
      for (const auto& choice : choices) {
        const auto found =
            outputs_of(*composed(with_fusion(base, place, {{descriptor, choice}})), images)[0];
        for (const auto& other : seen) EXPECT_FALSE(torch::equal(found, other)) << choice;
        seen.push_back(found);
      }
    }
  }
}

TEST(PromptFusion, top_k_of_all_patches_is_learned_saliency) {
  const auto base = task_prompter(2);
  const auto images = random_images(base);
  const auto at = [&](const std::string& reading, std::int64_t top_k) {
    const Values values{{"image_salient", reading}, {"top_k", top_k}};
    return outputs_of(*composed(with_fusion(base, "blocks", values)), images);
  };
  EXPECT_TRUE(are_equal(at("topk", 8 * 16), at("learned", 1)));  // the finest grid has 8 x 16
  EXPECT_FALSE(are_equal(at("topk", 2), at("learned", 1)));
}

TEST(PromptFusion, of_one_task_has_no_attention_between_prompts_and_nothing_to_shuffle) {
  const auto base = task_prompter(1);
  const auto images = random_images(base);
  for (const auto& place : places()) {
    const auto model = composed(with_fusion(base, place));
    for (const auto& item : model->named_parameters()) {
      EXPECT_EQ(item.key().find("prompts.qkv"), std::string::npos) << item.key();
    }
    const auto expected = outputs_of(*model, images);
    const auto without = composed(with_fusion(base, place, {{"prompt_attention", false}}));
    EXPECT_TRUE(are_equal(outputs_of(*without, images), expected));
    const auto shuffled = composed(with_fusion(base, place, {{"control", "shuffled"}}));
    EXPECT_TRUE(are_equal(outputs_of(*shuffled, images), expected));
  }
}

TEST(PromptFusion, controls_change_outputs_and_keep_the_number_of_parameters) {
  const auto base = task_prompter(3);
  const auto images = random_images(base);
  for (const std::string place : {"blocks", "levels"}) {
    for (const std::string fuse : {"gate", "attention", "concat_linear"}) {
      const auto model = composed(with_fusion(base, place, {{"fuse", fuse}}));
      const auto expected = outputs_of(*model, images);
      for (const std::string control : {"plain", "shuffled", "noise", "zeros"}) {
        const auto controlled =
            composed(with_fusion(base, place, {{"fuse", fuse}, {"control", control}}));
        EXPECT_EQ(size_of(*controlled), size_of(*model)) << control;
        EXPECT_FALSE(are_equal(outputs_of(*controlled, images), expected)) << control;
      }
    }
  }
}

TEST(PromptFusion, control_plain_sees_the_mean_patch_and_writes_to_all_alike) {
  // Two patches exchanged: their mean, all that the control sees, stays.
  const auto& factory = plugins().prompt("prompt_fusion");
  const StageDims stage{.height = 2,
                        .width = 2,
                        .channels = 8,
                        .heads = 1,
                        .blocks = 2,
                        .merged_height = 2,
                        .merged_width = 2,
                        .merged_channels = 8};
  Dims dims;
  dims.stages = {stage};
  dims.prompts = 2;
  const auto prompts_after = [&](const std::string& control, const torch::Tensor& patches) {
    torch::manual_seed(1);
    const auto part = factory.build(prompt_fusion("prompt", {{"control", control}}).params, dims);
    auto side = context();
    State state;
    state.context = &side;
    state.patches = patches;
    state.prompts = torch::arange(16).view({1, 2, 8}).sin();
    part->after_block({.stage = 0, .block = 0, .dims = stage}, state);
    return state;
  };
  const auto patches = torch::arange(32).view({1, 2, 2, 8}).cos();
  const auto exchanged = patches.flip({1});
  const auto change = [&](const std::string& control) {
    const auto state = prompts_after(control, patches);
    return (state.patches - patches).flatten(1, 2);
  };
  EXPECT_TRUE(torch::allclose(prompts_after("plain", patches).prompts,
                              prompts_after("plain", exchanged).prompts));
  EXPECT_TRUE(
      torch::allclose(change("plain").select(1, 0), change("plain").select(1, 3), 1e-5, 1e-6));
  EXPECT_FALSE(torch::allclose(change("none").select(1, 0), change("none").select(1, 3)));
}

TEST(PromptFusion, noise_is_drawn_from_the_context_alone) {
  const auto base = task_prompter(2);
  const auto images = random_images(base);
  const auto model = composed(with_fusion(base, "both", {{"control", "noise"}}));
  model->eval();
  const auto run = [&](std::uint64_t seed) {
    auto side = context(/*is_training=*/false, seed);
    return model->forward(images, side).predictions[0].map;
  };
  EXPECT_TRUE(torch::equal(run(1), run(1)));
  EXPECT_FALSE(torch::equal(run(1), run(2)));
}

TEST(PromptFusion, acts_after_the_last_block_of_each_stage_alone_where_told_so) {
  auto request = with_fusion(task_prompter(2), "blocks", {{"blocks", "last_of_stage"}});
  request.slots.fusion.insert(request.slots.fusion.begin(), prompt_fusion("fusion"));
  const auto model = composed(request);
  std::set<std::string> blocks;
  for (const auto& item : model->named_parameters()) {
    const auto at = item.key().find("prompt.1.layers.");
    if (at != std::string::npos) blocks.insert(item.key().substr(at + 16, 3));
  }
  EXPECT_EQ(blocks, (std::set<std::string>{"0.0", "1.1"}));
}

TEST(PromptFusion, changes_the_prompts_of_the_last_block_only_where_a_fusion_reads_them) {
  const auto has = [](const compose::Request& request, const std::string& name) {
    return composed(request)->named_parameters().contains("prompt.1.layers." + name);
  };
  const auto unread = with_fusion(task_prompter(2), "blocks");
  const auto read = with_fusion(task_prompter(2), "both");
  EXPECT_TRUE(has(unread, "1.0.prompt_gate"));
  EXPECT_FALSE(has(unread, "1.1.prompt_gate"));
  EXPECT_TRUE(has(unread, "1.1.patch_gate"));
  EXPECT_TRUE(has(read, "1.1.prompt_gate"));
}

// What asks with no prompt has no parameters for it: a dry run reaches all there are.
TEST(PromptFusion, of_one_task_without_anything_that_asks_is_reached_by_every_gradient) {
  auto values = all_off();
  values["on"] = "prompt";
  values["fuse"] = "concat_linear";
  for (const auto& [descriptor, reading] :
       Readings{{"image_salient", {"max"}}, {"image_trend", {"average"}}}) {
    auto alone = values;
    alone[descriptor] = reading.front();
    for (const std::size_t tasks : {1U, 2U}) {
      const auto request = with_fusion(task_prompter(tasks), "blocks", alone);
      EXPECT_GT(compose::dry_run(request, plugins()).parameters, 0);
    }
  }
}

// Swin-B on 768 x 1536 images with two tasks, as in TaskPrompter's Cityscapes-3D model.
Dims swin_b() {
  Dims dims;
  dims.tasks = {{.name = "semseg"}, {.name = "depth"}};
  const std::vector<std::int64_t> depths{2, 2, 18, 2};
  for (std::int64_t s = 0; s < 4; ++s) {
    const auto height = 192 >> s, channels = 128 << s;
    const auto next = s == 3 ? s : s + 1;
    dims.stages.push_back({.height = height,
                           .width = 2 * height,
                           .channels = channels,
                           .heads = channels / 32,
                           .blocks = depths[s],
                           .merged_height = 192 >> next,
                           .merged_width = 384 >> next,
                           .merged_channels = 128 << next});
    dims.levels.push_back({.height = 192 >> next,
                           .width = 384 >> next,
                           .channels = 128 << next,
                           .stride = 1,
                           .stage = s});
  }
  dims.features = {dims.levels, dims.levels};
  dims.kept_maps = {"spatial", "channel"};
  dims.decoded = dims.reads_final_prompts = true;
  dims.prompts = 2;
  dims.task_prompts = {.begin = 0, .count = 2};
  return dims;
}

TEST(PromptFusionCost, in_parameters_is_small_beside_task_prompter_on_swin_b) {
  constexpr std::int64_t kTaskPrompter = 274'589'218;  // its model, counted in modules_test
  // The last block's prompts are read now: chan_proj 256 -> 256 and token_trans1 256 -> 1024.
  constexpr std::int64_t kLastBlock = 256 * 256 + 256 + 256 * 1024 + 1024;
  const auto blocks =
      plugins().prompt("prompt_fusion").build(module("prompt", "prompt_fusion").params, swin_b());
  const auto levels =
      plugins().fusion("prompt_fusion").build(module("fusion", "prompt_fusion").params, swin_b());
  const auto more = size_of(*blocks) + size_of(*levels) + kLastBlock;
  RecordProperty("more_parameters", std::to_string(more));
  EXPECT_LE(static_cast<double>(more), 0.15 * kTaskPrompter);
}

TEST(PromptFusionCost, in_parameters_stays_within_15_percent_of_the_quickstart) {
  using Integers = std::vector<std::int64_t>;
  auto request = task_prompter(2);
  request.image = {96, 192};
  request.slots.embedding = module("embedding", "patch", {{"width", std::int64_t{32}}});
  request.slots.encoder = module("encoder", "swin",
                                 {{"depths", Integers{2, 2, 2}},
                                  {"head_dim", std::int64_t{16}},
                                  {"window", std::int64_t{6}},
                                  {"mlp_ratio", 2.0}});
  request.slots.prompt = {module("prompt", "spatial_channel", {{"channel_dim", std::int64_t{64}}})};
  request.slots.fusion = {module("fusion", "prompt_decode",
                                 {{"decode_width", std::int64_t{24}},
                                  {"width", std::int64_t{32}},
                                  {"upsample", std::int64_t{1}}})};
  for (auto& one : request.tasks) one.head = module("head", "conv", {{"width", std::int64_t{32}}});
  const auto before = size_of(*composed(request));
  const auto after =
      size_of(*composed(with_fusion(request, "both", {{"width", std::int64_t{16}}})));
  RecordProperty("parameters", std::to_string(before) + " and " + std::to_string(after));
  EXPECT_LE(static_cast<double>(after), 1.15 * static_cast<double>(before));
}

}  // namespace
}  // namespace triptych::testing
