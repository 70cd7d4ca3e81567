#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <triptych/core/events.h>
#include <triptych/data/loader.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/manifest.h>
#include <triptych/values.h>

#include "triptych/train/evaluation.h"

namespace triptych::train {

/// The batches of a run, on its device: endless shuffled ones of the training split, and whole
/// splits in order. The order and every sample's randomness are functions of (seed, epoch, index).
class Batches {
 public:
  using Progress = std::function<void(const std::string& detail)>;

  /// Opens the data set; samples are made once and kept (data::cached). `labels` are the data set's
  /// names of what the tasks read. Throws Error naming what is missing.
  Batches(const manifest::Manifest& manifest, const host::PluginHost& host,
          std::vector<std::string> labels, const c10::Device& device, core::RunEvents& events,
          Progress progress);

  /// What update number `step` learns from follows next.
  void start_at(std::int64_t step);
  /// The training batches of the next update, recipe.accumulate of them; waits for the loader.
  [[nodiscard]] std::vector<Batch> next();

  /// All samples of a split, in order, without augmentation; the last batch may be smaller. The
  /// source borrows this object.
  [[nodiscard]] BatchSource split(const std::string& name);

 private:
  [[nodiscard]] std::shared_ptr<const Dataset> samples(const std::string& split);
  [[nodiscard]] data::LoaderOptions options(const std::string& split, bool is_training) const;

  const manifest::Manifest& manifest_;
  std::vector<std::string> labels_;
  c10::Device device_;
  core::RunEvents& events_;
  Progress progress_;
  std::shared_ptr<const Dataset> dataset_;
  std::string identity_;  ///< of the data
  std::map<std::string, std::shared_ptr<const Dataset>> splits_;
  std::unique_ptr<data::Loader> training_;
};

}  // namespace triptych::train
