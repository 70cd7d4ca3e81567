#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <triptych/balancer.h>
#include <triptych/compose/model.h>
#include <triptych/core/events.h>

#include "batches.h"
#include "step_times.h"
#include "triptych/train/checkpoint.h"
#include "triptych/train/evaluation.h"
#include "triptych/train/losses.h"
#include "triptych/train/optimizer.h"
#include "triptych/train/trainer.h"

namespace triptych::train {

/// The selected weights so far.
struct Best {
  std::int64_t step = 0;
  double value = 0;
  std::map<std::string, at::Tensor> weights;  ///< copies on the CPU
};

/// One run while it happens. Throws whatever goes wrong; run_training makes an outcome of it.
class TrainingRun {
 public:
  /// Builds everything; then continues from a checkpoint where the plan says so.
  TrainingRun(const RunPlan& plan, core::RunEvents& events, const Stop& stop);

  /// Updates up to the end. False: stopped, with a checkpoint.
  [[nodiscard]] bool train();
  /// Final evaluation with the selected weights, weights file, probes.
  void finish(TrainOutcome& outcome);

  [[nodiscard]] std::int64_t step() const { return step_; }

 private:
  void load_initial_weights();
  void resume();
  void restore(const FoundCheckpoint& found);
  void warn_of_other_surroundings(const std::map<std::string, std::string>& facts);

  void log();
  void check_finite(const std::vector<LossLog::Mean>& means) const;
  void evaluate_selection();
  void consider(const Scores& scores);
  [[nodiscard]] Scores evaluate_split(const std::string& split, const DecodedListener& listener);
  void save_checkpoint();
  [[nodiscard]] std::map<std::string, at::Tensor> final_state() const;
  void report_pictures(const Batch& batch, const std::vector<Decoded>& decoded);
  [[nodiscard]] bool selects() const { return !manifest_.select.is_last; }
  [[nodiscard]] std::string selection_split() const;

  const RunPlan& plan_;
  const manifest::Manifest& manifest_;
  const manifest::Recipe& recipe_;
  core::RunEvents& events_;
  const Stop& stop_;
  c10::Device device_;
  std::shared_ptr<compose::Model> model_;
  std::shared_ptr<Balancer> balancer_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Batches> batches_;
  at::Generator rng_;  ///< of forward passes
  LossLog losses_;
  std::optional<Best> best_;
  StepTimes times_;
  std::int64_t step_ = 0;      ///< updates done
  std::int64_t pictures_ = 0;  ///< images shown so far
  std::string last_loss_;      ///< for the progress line
};

}  // namespace triptych::train
