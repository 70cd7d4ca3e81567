// Every descriptor in every reading alone, with every way to fuse, everywhere it can act, for one
// task and for two, under every control: gradients with open gates, and numbers of parameters.
#include "directional.h"
#include "prompt_fusion_parts.h"

namespace triptych::testing {
namespace {

struct Setting {
  Values values;
  std::string descriptor;  // the one that is on
  std::string text;
};

// One descriptor on, and on the side of the image at a level another one that it needs there.
std::vector<Setting> settings_of(const std::string& place) {
  std::vector<Setting> all;
  for (const auto& [descriptor, choices] : readings(place)) {
    for (const auto& choice : choices) {
      for (const std::string on : {"image", "prompt", "both"}) {
        for (const std::string fuse : {"gate", "attention", "concat_linear"}) {
          auto values = all_off();
          if (place == "levels" && on != "prompt") values["image_raw"] = "identity";
          values[descriptor] = choice;
          values["on"] = on;
          values["fuse"] = fuse;
          all.push_back({values, descriptor,
                         place + " " + descriptor + "=" + choice + " " + on + " " + fuse});
        }
      }
    }
  }
  return all;
}

// Controls that act: at the levels nothing reads the image where it acts on the prompts alone.
std::vector<std::string> controls_of(const std::string& place, const Setting& setting) {
  const bool is_unread = place == "levels" && setting.descriptor.starts_with("image") &&
                         setting.values.at("on") == ParamValue("prompt");
  if (is_unread) return {"none", "plain", "shuffled"};
  return {"none", "plain", "shuffled", "noise", "zeros"};
}

Values controlled(const Setting& setting, const std::string& control) {
  auto values = setting.values;
  values["control"] = control;
  values["control_descriptor"] = setting.descriptor;
  return values;
}

torch::Tensor scalar_of(const Outputs& outputs) {
  auto sum = torch::zeros({}, torch::kDouble);
  std::uint64_t seed = 11;
  for (const auto& output : outputs) sum = sum + (output * drawn(output.sizes(), seed++)).sum();
  return sum;
}

void expect_gradient(BlockCase block, const std::string& what) {
  auto moved = block.part->parameters();
  moved.insert(moved.end(), {block.patches.requires_grad_(), block.prompts.requires_grad_()});
  expect_directional_derivative(
      moved, [&] { return scalar_of(block.run()); }, what);
}

void expect_gradient(LevelCase level, bool reads_image, const std::string& what) {
  auto moved = level.part->parameters();
  moved.push_back(level.prompts.requires_grad_());
  if (!level.is_decoded || reads_image) moved.push_back(level.map.requires_grad_());
  expect_directional_derivative(
      moved, [&] { return scalar_of(level.run()); }, what);
}

TEST(PromptFusionSettings, in_the_blocks_have_the_gradients_of_finite_differences) {
  int tried = 0;
  for (const auto& setting : settings_of("blocks")) {
    for (const auto& control : controls_of("blocks", setting)) {
      for (const std::int64_t tasks : {1, 2}) {
        expect_gradient(BlockCase(controlled(setting, control), {.tasks = tasks}),
                        setting.text + " " + control + " T=" + std::to_string(tasks));
        ++tried;
      }
    }
  }
  EXPECT_EQ(tried, 12 * 3 * 3 * 5 * 2);
}

TEST(PromptFusionSettings, at_the_levels_have_the_gradients_of_finite_differences) {
  for (const auto& setting : settings_of("levels")) {
    for (const auto& control : controls_of("levels", setting)) {
      for (const std::int64_t tasks : {1, 2}) {
        const auto values = controlled(setting, control);
        const auto what = setting.text + " " + control + " T=" + std::to_string(tasks);
        const bool reads_image = values.at("on") != ParamValue("prompt");
        expect_gradient(LevelCase(values, {.tasks = tasks}), reads_image, what);
        for (const std::string update : {"multiply", "add"}) {
          auto of_features = values;
          of_features["update"] = update;
          expect_gradient(LevelCase(of_features, {.tasks = tasks}, /*decoded=*/false), reads_image,
                          what + " " + update);
        }
      }
    }
  }
}

TEST(PromptFusionSettings, have_the_same_parameters_under_every_control) {
  for (const std::string place : {"blocks", "levels"}) {
    for (const auto& setting : settings_of(place)) {
      for (const std::int64_t tasks : {1, 3}) {
        const auto count = [&](const std::string& control) {
          const auto values = controlled(setting, control);
          if (place == "blocks") return size_of(*BlockCase(values, {.tasks = tasks}).part);
          return size_of(*LevelCase(values, {.tasks = tasks}).part);
        };
        for (const auto& control : controls_of(place, setting)) {
          EXPECT_EQ(count(control), count("none")) << setting.text << " " << control;
        }
      }
    }
  }
}

// With one prompt, maximum, mean and the prompt itself are one.
TEST(PromptFusionSettings, of_one_prompt_make_its_three_descriptors_one) {
  const auto alone = [](const std::string& descriptor, const std::string& reading) {
    auto values = all_off();
    values[descriptor] = reading;
    return values;
  };
  const std::vector<Values> three{alone("prompt_salient", "max"), alone("prompt_trend", "average"),
                                  alone("prompt_raw", "identity")};
  for (const std::int64_t tasks : {1, 2}) {
    Outputs blocks, levels;  // the parts draw the same weights, under other names
    for (auto values : three) {
      blocks.push_back(BlockCase(values, {.tasks = tasks}).run()[0]);
      values["image_raw"] = "identity";
      levels.push_back(LevelCase(values, {.tasks = tasks}).run()[0]);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      const auto next = (i + 1) % 3;
      EXPECT_EQ(torch::equal(blocks[i], blocks[next]), tasks == 1) << i;
      EXPECT_EQ(torch::equal(levels[i], levels[next]), tasks == 1) << i;
    }
  }
}

}  // namespace
}  // namespace triptych::testing
