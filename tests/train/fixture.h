#pragma once

#include <torch/nn.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <triptych/core/paths.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/manifest.h>

#include "triptych/train/trainer.h"

/// What tests of whole runs share: a tiny model on coloured squares, and run events that remember.

namespace triptych::train {

inline const host::PluginHost& plugins() {
  static const host::PluginHost host([] {
    host::HostOptions options;
    options.path.given = {TRIPTYCH_BINARY_DIR "/plugins",
                          TRIPTYCH_BINARY_DIR "/tests/train_plugins"};
    options.probes_first = false;
    return options;
  }());
  return host;
}

/// A module with its defaults.
inline manifest::ModuleChoice choice(const std::string& kind, const std::string& name) {
  return {name, default_params(kind + " '" + name + "'", plugins().spec(kind, name))};
}

inline manifest::ModuleChoice choice(const std::string& kind, const std::string& name,
                                     const std::map<std::string, ParamValue>& values) {
  manifest::ModuleChoice made = choice(kind, name);
  for (const auto& [param, value] : values) made.params = made.params.with(param, value);
  return made;
}

/// semseg and depth on 16 x 24 squares: patch, two convolution stages, hard sharing; 24 training
/// images, 6 to select, 7 to evaluate; batches of 4, one thread.
inline manifest::Manifest tiny(std::int64_t steps) {
  manifest::Manifest made;
  made.name = "tiny";
  made.protocol.name = "squares";
  made.protocol.dataset = "squares";
  made.protocol.height = 16;
  made.protocol.width = 24;
  made.protocol.splits = {{"train", 24, 1}, {"val", 6, 2}, {"test", 7, 3}};
  made.data.dataset = choice("dataset", "squares");
  made.tasks = {{"semseg", choice("task", "semseg", {{"classes", std::int64_t{3}}}),
                 choice("head", "conv", {{"width", std::int64_t{8}}})},
                {"depth", choice("task", "depth", {{"output_scale", 10.0}}),
                 choice("head", "conv", {{"width", std::int64_t{8}}})}};
  made.slots.embedding =
      choice("embedding", "patch", {{"stride", std::int64_t{2}}, {"width", std::int64_t{8}}});
  made.slots.encoder = choice(
      "encoder", "conv_pyramid",
      {{"widths", std::vector<std::int64_t>{8, 12}}, {"blocks", std::vector<std::int64_t>{1, 1}}});
  made.recipe.steps = steps;
  made.recipe.optimizer.lr = 5e-3;
  made.recipe.balancer.module = choice("balancer", "fixed");
  made.recipe.augment = {"flip"};
  made.recipe.log_every = 4;
  made.recipe.checkpoint_every = 5;
  made.recipe.workers = 1;
  made.recipe.threads = 1;
  return made;
}

/// A folder of its own that goes away.
class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("train." + std::to_string(getpid()) + "." + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Remembers rows as texts, and the last checkpoint in a file, as a store would.
class Journal final : public core::RunEvents {
 public:
  explicit Journal(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void warn(std::string_view code, std::string_view text) override {
    warnings.push_back(std::string(code) + " " + std::string(text));
  }
  void curve(const core::CurvePoint& row) override {
    curves[key({row.task, row.metric, row.split}) + " " + std::to_string(row.step)] = row.value;
  }
  void final_metric(const core::FinalMetric& row) override {
    finals[key({row.task, row.metric, row.split})] = row.value;
    if (row.is_main) mains.push_back(std::string(row.task) + "." + std::string(row.metric));
  }
  void image_statistic(const core::ImageStatistic& row) override {
    images[key({row.task, row.image_id, row.statistic})] = row.value;
  }
  void probe(const core::ProbeValue& row) override {
    probes[key({row.probe, row.part, row.statistic})] = row.value.value_or(-1);
    probe_reasons[key({row.probe, row.part, row.statistic})] = std::string(row.reason);
    if (row.validity)
      verdicts[key({row.probe, row.part, row.statistic})] = std::string(*row.validity);
  }
  void picture(const core::Picture& row) override {
    pictures.push_back(key({row.kind, row.task, row.image_id}));
    png_starts.emplace_back(row.png.begin(), row.png.begin() + 4);
  }
  void checkpointed(std::int64_t step, std::string_view) override {
    if (on_checkpoint) on_checkpoint(step);
    core::write_atomically(folder_ / "recorded", std::to_string(step));
    checkpoints.push_back(step);
  }
  void flush() override {}

  static std::string key(const std::vector<std::string_view>& words) {
    std::string key;
    for (const auto word : words) key += (key.empty() ? "" : " ") + std::string(word);
    return key;
  }

  std::map<std::string, double> curves, finals, images, probes;
  std::map<std::string, std::string> probe_reasons, verdicts;
  std::vector<std::string> warnings, mains, pictures, png_starts;
  std::vector<std::int64_t> checkpoints;
  std::function<void(std::int64_t)> on_checkpoint;

 private:
  std::filesystem::path folder_;
};

/// The step of the last checkpoint that the journal recorded; 0 = none.
inline std::int64_t recorded_step(const std::filesystem::path& folder) {
  std::int64_t step = 0;
  std::ifstream(folder / "recorded") >> step;
  return step;
}

inline RunPlan plan_of(const manifest::Manifest& manifest, const std::filesystem::path& folder) {
  RunPlan plan;
  plan.manifest = &manifest;
  plan.host = &plugins();
  plan.run_id = "run";
  plan.folder = folder;
  plan.device = "cpu";
  plan.identity = "point";
  plan.resume_step = recorded_step(folder);
  return plan;
}

inline bool never() { return false; }

/// A run in a folder of its own.
struct Trained {
  Folder folder;
  Journal journal{folder.path()};
  TrainOutcome outcome;

  explicit Trained(const manifest::Manifest& manifest, const Stop& stop = never) {
    outcome = run_training(plan_of(manifest, folder.path()), journal, stop);
  }
};

}  // namespace triptych::train
