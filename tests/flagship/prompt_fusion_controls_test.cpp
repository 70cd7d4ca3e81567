// The controls of prompt fusion do what they say and nothing else; and it copies nothing per task.
#include <ATen/record_function.h>

#include "prompt_fusion_parts.h"

namespace triptych::testing {
namespace {

constexpr double kRounding = 1e-10;  // sums of double in another order

bool is_close(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a, b, kRounding, kRounding);
}

double change_of(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// What the parts leave, less what they got.
Outputs deltas_of(const BlockCase& block) {
  const auto found = block.run();
  return {found[0] - block.prompts, found[1] - block.patches};
}

Outputs deltas_of(LevelCase& level) {
  const auto found = level.run();
  return {found[0] - level.spatial, found[1] - level.channel};
}

// Rows [0, others) as they are, then those of the tasks: each task has the rows of the next one.
torch::Tensor of_the_next_task(const torch::Tensor& rows, const PartSize& size) {
  std::vector<torch::Tensor> all;
  for (std::int64_t r = 0; r < size.others; ++r) all.push_back(rows.select(1, r));
  for (std::int64_t t = 0; t < size.tasks; ++t) {
    for (std::int64_t k = 0; k < size.per_task; ++k) {
      const auto next = (t + 1) % size.tasks;
      all.push_back(rows.select(1, size.others + next * size.per_task + k));
    }
  }
  return torch::stack(all, 1);
}

TEST(PromptFusionShuffled, gives_every_task_the_change_of_the_next_one_in_the_blocks) {
  const Values shuffled{{"control", "shuffled"}};
  for (const std::int64_t tasks : {2, 3}) {
    for (const std::int64_t per_task : {1, 2}) {
      for (const std::int64_t others : {0, 2}) {
        const PartSize size{.tasks = tasks, .per_task = per_task, .others = others};
        const auto own = deltas_of(BlockCase({}, size));
        const auto found = deltas_of(BlockCase(shuffled, size));
        EXPECT_TRUE(is_close(found[0], of_the_next_task(own[0], size)));
        for (std::int64_t r = others; r < size.prompts(); ++r) {  // no task keeps its own
          EXPECT_GT(change_of(found[0].select(1, r), own[0].select(1, r)), 1e-3);
        }
        EXPECT_TRUE(is_close(found[1], own[1]));  // the patches sum over the prompts
      }
    }
  }
}

TEST(PromptFusionShuffled, gives_every_task_the_maps_of_the_next_one_at_the_levels) {
  for (const std::int64_t tasks : {2, 3}) {
    const PartSize size{.tasks = tasks};
    LevelCase plain({}, size), shuffled({{"control", "shuffled"}}, size);
    const auto own = deltas_of(plain), found = deltas_of(shuffled);
    EXPECT_TRUE(is_close(found[0], own[0].roll(-1, 2)));
    EXPECT_TRUE(is_close(found[1], own[1].roll(-1, 1)));
    for (std::int64_t t = 0; t < tasks; ++t) {
      EXPECT_GT(change_of(found[0].select(2, t), own[0].select(2, t)), 1e-3);
      EXPECT_GT(change_of(found[1].select(1, t), own[1].select(1, t)), 1e-3);
    }
  }
}

TEST(PromptFusionShuffled, of_one_task_changes_nothing) {
  for (const std::int64_t per_task : {1, 3}) {
    const PartSize size{.tasks = 1, .per_task = per_task, .others = 2};
    const Values values{{"control", "shuffled"}};
    EXPECT_TRUE(are_equal(BlockCase(values, size).run(), BlockCase({}, size).run()));
    EXPECT_TRUE(are_equal(LevelCase(values, size).run(), LevelCase({}, size).run()));
  }
}

// Sets the matrix that leads from a descriptor into the sum to 0.
void silence(torch::nn::Module& part, const std::string& descriptor) {
  const torch::NoGradGuard no_grad;
  int silenced = 0;
  for (auto& item : part.named_parameters()) {
    if (!item.key().ends_with("maps." + descriptor + ".weight")) continue;
    item.value().zero_();
    ++silenced;
  }
  EXPECT_GT(silenced, 0) << descriptor;
}

// Noise changes the model through the one descriptor that it replaces, and through nothing else.
template <class Case>
void expect_noise_in_one_place(const std::string& place) {
  for (const auto& [descriptor, unused] : readings(place)) {
    for (const std::string fuse : {"gate", "attention", "concat_linear"}) {
      const Values own{{"fuse", fuse}};
      auto noisy = own;
      noisy["control"] = "noise";
      noisy["control_descriptor"] = descriptor;
      Case plain(own), noise(noisy);
      EXPECT_EQ(size_of(*noise.part), size_of(*plain.part));
      EXPECT_FALSE(are_equal(noise.run(), plain.run())) << descriptor << " " << fuse;
      EXPECT_FALSE(are_equal(noise.run(1), noise.run(2))) << descriptor << " " << fuse;
      EXPECT_TRUE(are_equal(noise.run(1), noise.run(1))) << descriptor << " " << fuse;
      if (fuse == "attention") continue;
      silence(*plain.part, descriptor);
      silence(*noise.part, descriptor);
      EXPECT_TRUE(are_equal(noise.run(), plain.run())) << descriptor << " " << fuse;
    }
  }
}

TEST(PromptFusionNoise, replaces_each_descriptor_alone) {
  expect_noise_in_one_place<BlockCase>("blocks");
  expect_noise_in_one_place<LevelCase>("levels");
}

TEST(PromptFusionNoise, in_place_of_what_nothing_reads_is_refused) {
  for (const std::string control : {"noise", "zeros"}) {
    const auto problem = problem_of(
        with_fusion(task_prompter(2), "levels", {{"on", "prompt"}, {"control", control}}));
    EXPECT_EQ(problem.code, "module.170");
    EXPECT_THAT(problem.message, ::testing::HasSubstr("image_salient"));
    EXPECT_NO_THROW((void)composed(with_fusion(
        task_prompter(2), "levels",
        {{"on", "prompt"}, {"control", control}, {"control_descriptor", "prompt_trend"}})));
  }
}

// Which cells' maps move when cell (2, 3) of the image does?
torch::Tensor reach(const Values& values) {
  LevelCase level(values);
  const auto before = level.run()[0];
  level.map = level.map.clone();
  level.map.select(3, 3).select(2, 2).add_(torch::arange(5));
  return (level.run()[0] - before).abs().amax({0, 1, 2}) > 0;  // [H, W]
}

TEST(PromptFusionPlain, is_a_1x1_convolution_at_the_levels) {
  auto cell = torch::zeros({4, 6}, torch::kBool);
  cell[2][3] = true;
  EXPECT_TRUE(torch::equal(reach({{"control", "plain"}}), cell));
  auto window = torch::zeros({4, 6}, torch::kBool);
  window.slice(0, 1, 4).slice(1, 2, 5).fill_(true);
  EXPECT_TRUE(torch::equal(reach({}), window));
}

// No prompt sees the others' descriptors: their maximum and mean are replaced by the prompt itself.
TEST(PromptFusionPlain, keeps_the_prompts_apart_but_for_their_attention) {
  const auto change_of_other = [](const std::string& control) {
    BlockCase block({{"control", control}, {"prompt_attention", false}});
    const auto before = deltas_of(block)[0].select(1, 1);
    block.prompts = block.prompts.clone();
    block.prompts.select(1, 0).neg_();
    return change_of(deltas_of(block)[0].select(1, 1), before);
  };
  EXPECT_EQ(change_of_other("plain"), 0);
  EXPECT_GT(change_of_other("none"), 1e-3);
}

// The most elements that any operator gives.
std::int64_t& most_elements() {
  static std::int64_t most = 0;
  return most;
}

std::int64_t most_elements_of(const std::function<void()>& call) {
  most_elements() = 0;
  const auto handle = at::addGlobalCallback(
      at::RecordFunctionCallback(
          [](const at::RecordFunction&) -> std::unique_ptr<at::ObserverContext> { return nullptr; },
          [](const at::RecordFunction& function, at::ObserverContext*) {
            for (const auto& output : function.outputs()) {
              if (!output.isTensor() || !output.toTensor().defined()) continue;
              most_elements() = std::max(most_elements(), output.toTensor().numel());
            }
          })
          .needsOutputs(true)
          .scopes({at::RecordScope::FUNCTION}));
  call();
  at::removeCallback(handle);
  return most_elements();
}

// Nothing is as large as T maps of even the small width: between tasks and cells there are only
// T x N products.
TEST(PromptFusionCost, has_no_copy_of_the_image_per_task) {
  const PartSize size{.tasks = 8, .height = 16, .width = 16, .channels = 32, .batch = 2};
  const auto one_image = size.batch * size.height * size.width * size.channels;
  ASSERT_LT(one_image, size.tasks * size.batch * size.height * size.width * 8);
  const torch::NoGradGuard no_grad;
  for (const std::string place : {"blocks", "levels"}) {
    for (const auto& [descriptor, choices] : readings(place)) {
      for (const auto& choice : choices) {
        for (const std::string fuse : {"gate", "attention", "concat_linear"}) {
          for (const std::string control : {"none", "plain", "shuffled", "noise"}) {
            const Values values{{descriptor, choice},
                                {"fuse", fuse},
                                {"control", control},
                                {"width", std::int64_t{8}}};
            std::function<void()> run;
            if (place == "blocks") run = [part = BlockCase(values, size)] { (void)part.run(); };
            if (place == "levels") {
              run = [part = LevelCase(values, size)]() mutable { (void)part.run(); };
            }
            run();  // what is made once per size
            EXPECT_LE(most_elements_of(run), one_image) << place << " " << descriptor << choice;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace triptych::testing
