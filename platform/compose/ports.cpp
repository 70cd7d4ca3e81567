#include "ports.h"

#include <algorithm>
#include <cmath>

#include "guard.h"

namespace triptych::compose {

namespace {

std::string map_text(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return std::to_string(height) + "x" + std::to_string(width) + "x" + std::to_string(channels);
}

std::string stride_text(double stride) {
  auto text = std::to_string(stride);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

[[noreturn]] void refuse(const PartPlan& plan, const std::string& found,
                         const std::string& expected) {
  throw Error(problem_of(plan, "contract.204", "its ports contradict themselves: " + found,
                         "expected " + expected, "This is a fault of the plugin."));
}

void check_levels(const PartPlan& plan, const std::vector<LevelDims>& levels) {
  if (levels.empty()) refuse(plan, "a pyramid without levels", "at least one level");
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const auto& level = levels[l];
    if (std::min({level.height, level.width, level.channels}) < 1 || !(level.stride > 0)) {
      refuse(plan, "level " + std::to_string(l) + " is " + to_text({level}),
             "sizes of at least 1 and a positive stride");
    }
    if (l > 0 && (level.height > levels[l - 1].height || level.width > levels[l - 1].width)) {
      refuse(plan, "levels " + to_text(levels), "levels in the order finest first");
    }
  }
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_reads(const PartPlan& plan, const FusionPorts& ports,
                 const std::vector<std::string>& taps) {
  for (const auto& map : ports.reads_maps) {
    if (contains(plan.dims.kept_maps, map)) continue;
    throw Error(problem_of(plan, "contract.206",
                           "it decodes the prompts' map '" + map + "', which no prompt part keeps",
                           "kept maps: " + join(plan.dims.kept_maps),
                           "Put a prompt part that keeps '" + map + "' into /slots/prompt."));
  }
  for (const auto& tap : ports.reads_taps) {
    if (contains(taps, tap)) continue;
    throw Error(problem_of(plan, "contract.207",
                           "it reads the tap '" + tap + "', which the encoder does not offer",
                           "taps of the encoder: " + join(taps), did_you_mean(tap, taps)));
  }
  if (ports.reads_prompts && plan.dims.prompts == 0) {
    throw Error(problem_of(plan, "contract.208", "it reads the prompts, but there are none",
                           "a prompt part that owns prompts",
                           "Put a prompt part into /slots/prompt."));
  }
}

}  // namespace

bool is_same(const LevelDims& a, const LevelDims& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels &&
         std::abs(a.stride - b.stride) < 1e-9;  // strides are ratios of small integers
}

bool is_same(const std::vector<LevelDims>& a, const std::vector<LevelDims>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const LevelDims& x, const LevelDims& y) { return is_same(x, y); });
}

std::string to_text(const std::vector<LevelDims>& levels) {
  std::vector<std::string> words;
  for (const auto& level : levels) {
    words.push_back(map_text(level.height, level.width, level.channels) + " at stride " +
                    stride_text(level.stride));
  }
  return join(words);
}

void check_grid(const PartPlan& plan, const GridDims& grid) {
  if (std::min({grid.height, grid.width, grid.channels}) < 1 || !(grid.stride > 0)) {
    refuse(plan, "a grid of " + map_text(grid.height, grid.width, grid.channels),
           "sizes of at least 1 and a positive stride");
  }
}

void check_encoder(const PartPlan& plan, const EncoderPorts& ports, const GridDims& grid) {
  if (ports.stages.empty()) refuse(plan, "an encoder without stages", "at least one stage");
  for (std::size_t s = 0; s < ports.stages.size(); ++s) {
    const auto& stage = ports.stages[s];
    const auto found = map_text(stage.height, stage.width, stage.channels);
    if (std::min({stage.height, stage.width, stage.channels, stage.heads, stage.blocks}) < 1) {
      refuse(plan, "stage " + std::to_string(s) + " is " + found,
             "sizes, heads and blocks of at least 1");
    }
    if (s == 0) continue;
    const auto& before = ports.stages[s - 1];
    const auto merged = map_text(before.merged_height, before.merged_width, before.merged_channels);
    if (merged != found) {
      refuse(plan,
             "stage " + std::to_string(s - 1) + " merges to " + merged + ", stage " +
                 std::to_string(s) + " is " + found,
             "each stage to begin as the one before it merges");
    }
  }
  check_levels(plan, ports.levels);
  for (const auto& level : ports.levels) {
    if (level.stage < 0 || level.stage >= static_cast<std::int64_t>(ports.stages.size())) {
      refuse(plan, "a level of stage " + std::to_string(level.stage), "a stage that exists");
    }
  }
}

void check_prompt(const PartPlan& plan, const PromptPorts& ports) {
  if (ports.prompts < 0) {
    refuse(plan, std::to_string(ports.prompts) + " prompts", "a number of at least 0");
  }
}

void check_kept(const PartPlan& plan, const PromptPorts& ports,
                const std::vector<std::string>& kept_maps) {
  for (const auto& map : ports.keeps) {
    if (!contains(kept_maps, map)) continue;
    throw Error(problem_of(
        plan, "contract.211", "it keeps the map '" + map + "', which a prompt part before it keeps",
        "each map to be kept by one prompt part", "Take one of the two out of /slots/prompt."));
  }
}

void check_fusion(const PartPlan& plan, const FusionPorts& ports,
                  const std::vector<std::string>& taps, bool makes_task_features) {
  check_reads(plan, ports, taps);
  if (ports.features.size() != plan.dims.tasks.size()) {
    refuse(plan, "features for " + std::to_string(ports.features.size()) + " tasks",
           "features for each of the " + std::to_string(plan.dims.tasks.size()) + " tasks");
  }
  for (const auto& levels : ports.features) check_levels(plan, levels);
  if (!plan.dims.is_shared || makes_task_features) return;
  for (const auto& levels : ports.features) {
    if (is_same(levels, ports.features.front())) continue;
    throw Error(problem_of(plan, "contract.209",
                           "it gives tasks different features (" + to_text(ports.features.front()) +
                               " and " + to_text(levels) + ") out of a shared pyramid",
                           "its spec to say that it makes features per task",
                           "Add .makes_task_features() to the spec of the plugin."));
  }
}

}  // namespace triptych::compose
