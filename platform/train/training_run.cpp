#include "training_run.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <triptych/core/clock.h>
#include <triptych/core/hash.h>
#include <triptych/error.h>

#include "triptych/train/make_balancer.h"
#include "triptych/train/schedule.h"
#include "triptych/train/step.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

std::uint64_t seed_of(const manifest::Manifest& manifest, const std::string& purpose) {
  return core::derive_seed(static_cast<std::uint64_t>(manifest.seed), purpose);
}

/// Flags before the device, since the first CUDA call reads some of them.
c10::Device prepare_device(const RunPlan& plan) {
  set_numeric_flags();
  set_threads(plan.manifest->recipe.threads);
  return choose_device(plan.device);
}

/// What the tasks read, each label once.
std::vector<std::string> labels_of(const compose::Model& model) {
  std::vector<std::string> labels;
  for (const compose::NamedTask& task : model.tasks()) {
    if (std::find(labels.begin(), labels.end(), task.info.label) == labels.end()) {
      labels.push_back(task.info.label);
    }
  }
  return labels;
}

bool is_due(std::int64_t step, std::int64_t every) { return every > 0 && step % every == 0; }

}  // namespace

TrainingRun::TrainingRun(const RunPlan& plan, core::RunEvents& events, const Stop& stop)
    : plan_(plan),
      manifest_(*plan.manifest),
      recipe_(manifest_.recipe),
      events_(events),
      stop_(stop),
      device_(prepare_device(plan)),
      model_(compose::compose(compose::check_contract(manifest_, *plan.host),
                              static_cast<std::uint64_t>(manifest_.seed), device_)),
      rng_(make_generator(device_, seed_of(manifest_, "forward"))) {
  load_initial_weights();
  balancer_ = make_balancer(manifest_, model_->contract(), *plan_.host);
  check_needs(*balancer_, manifest_);
  balancer_->to(device_);
  optimizer_ = std::make_unique<Optimizer>(trainable(*model_, *balancer_), recipe_.optimizer,
                                           recipe_.groups);
  for (const std::string& warning : optimizer_->warnings()) events_.warn("train.013", warning);
  // Parts draw from the Context's generator; a foreign module may use the default one.
  default_generator(at::kCPU).set_current_seed(seed_of(manifest_, "default"));
  if (!device_.is_cpu()) {
    default_generator(device_).set_current_seed(seed_of(manifest_, "default"));
  }
  batches_ = std::make_unique<Batches>(manifest_, *plan.host, labels_of(*model_), device_, events_,
                                       [this](const std::string& detail) {
                                         if (plan_.progress) plan_.progress(step_, detail);
                                       });
  resume();
  batches_->start_at(step_);
  model_->train();
  balancer_->train();
}

void TrainingRun::load_initial_weights() {
  if (plan_.init_weights.empty()) return;
  const auto& init = recipe_.init_from;
  const auto file = plan_.init_weights.string();
  const LoadReport report = load_state(
      *model_, renamed(read_weights(plan_.init_weights), init.rename, file), file, init.is_partial);
  if (!report.is_complete()) {
    events_.warn("train.021", plan_.init_weights.string() + " was loaded in part: " +
                                  std::to_string(report.loaded) + " tensors fit; " + report.text());
  }
}

bool TrainingRun::train() {
  while (step_ < recipe_.steps) {
    const double started = core::steady_seconds();
    const std::vector<Batch> batches = batches_->next();
    const double has_data = core::steady_seconds();
    update({*model_, *balancer_, *optimizer_, recipe_, device_, rng_}, batches, step_, losses_);
    ++step_;
    times_.add(core::steady_seconds() - started, has_data - started);
    const bool is_end = step_ == recipe_.steps;
    if (is_end || is_due(step_, recipe_.log_every)) log();
    if (is_end ? recipe_.evaluate_every > 0 || selects() : is_due(step_, recipe_.evaluate_every)) {
      evaluate_selection();
    }
    const bool is_stopped = stop_ && stop_();
    if (is_end || is_stopped || is_due(step_, recipe_.checkpoint_every)) save_checkpoint();
    if (plan_.progress) plan_.progress(step_, last_loss_);
    if (is_stopped) return false;
  }
  return true;
}

void TrainingRun::check_finite(const std::vector<LossLog::Mean>& means) const {
  // The earliest, and of one step the terms before the totals: the cause, not what follows from it.
  const auto rank = [](const LossLog::Mean& mean) {
    return std::pair(mean.first_bad, !mean.name.starts_with("loss/"));
  };
  const LossLog::Mean* worst = nullptr;
  for (const auto& mean : means) {
    if (mean.first_bad > 0 && (worst == nullptr || rank(mean) < rank(*worst))) worst = &mean;
  }
  if (worst == nullptr) return;
  const std::string who = worst->task == "all" ? "" : "task '" + worst->task + "', ";
  throw Error("train.040", who + worst->name,
              "is not finite at step " + std::to_string(worst->first_bad),
              "Use a smaller learning rate, a warm-up or recipe.clip_norm.");
}

void TrainingRun::log() {
  const std::vector<LossLog::Mean> means = losses_.read();
  check_finite(means);
  std::map<std::string, int> terms;
  for (const auto& mean : means) terms[mean.task] += mean.name.starts_with("loss/") ? 1 : 0;
  for (const auto& mean : means) {
    if (mean.name.starts_with("loss/") && terms[mean.task] == 1) continue;  // equals "loss"
    events_.curve({.step = step_,
                   .task = mean.task,
                   .metric = mean.name,
                   .split = "train",
                   .value = mean.value});
    if (mean.task == "all" && mean.name == "loss") {
      char text[48];
      std::snprintf(text, sizeof text, "loss %.4g", mean.value);
      last_loss_ = text;
    }
  }
  events_.curve(
      {.step = step_,
       .task = "all",
       .metric = "lr",
       .split = "train",
       .value = learning_rate(recipe_.schedule, recipe_.optimizer.lr, step_ - 1, recipe_.steps)});
  losses_.clear();
}

std::string TrainingRun::selection_split() const {
  if (selects() && !manifest_.select.split.empty()) return manifest_.select.split;
  return manifest_.protocol.selection_split;
}

Scores TrainingRun::evaluate_split(const std::string& split, const DecodedListener& listener) {
  return evaluate(*model_, batches_->split(split), device_, recipe_.precision,
                  [&](const Batch& batch, const std::vector<Decoded>& decoded) {
                    if (listener) listener(batch, decoded);
                    if (plan_.progress) plan_.progress(step_, "evaluating " + split);
                  });
}

void TrainingRun::evaluate_selection() {
  check_finite(losses_.read());
  const std::string split = selection_split();
  const Scores scores = evaluate_split(split, {});
  report_curve(*model_, scores, step_, split, events_);
  consider(scores);
}

void TrainingRun::consider(const Scores& scores) {
  if (!selects()) return;
  const auto& select = manifest_.select;
  const auto task = std::find_if(model_->tasks().begin(), model_->tasks().end(),
                                 [&](const auto& each) { return each.name == select.task; });
  if (task == model_->tasks().end()) return;  // a single-task run of another task: the last weights
  const auto& metrics = task->info.metrics;
  const auto info = std::find_if(metrics.begin(), metrics.end(),
                                 [&](const auto& each) { return each.name == select.metric; });
  TORCH_INTERNAL_ASSERT(info != metrics.end(), "check_contract knows the task's metrics");
  const double value = scores.metrics.at(select.task).at(select.metric);
  const bool is_higher_better = info->direction == Direction::kHigherIsBetter;
  if (std::isnan(value)) return;
  if (best_ && (is_higher_better ? value <= best_->value : value >= best_->value)) return;
  best_ = Best{.step = step_, .value = value, .weights = {}};
  for (const auto& [name, tensor] : state_of(*model_)) {
    best_->weights[name] = tensor.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
  }
}

}  // namespace triptych::train
