#include <cstdio>
#include <cstdlib>
#include <mutex>

#include <triptych/error.h>

#include "training_run.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

at::Tensor state_of_generator(at::Generator generator) {
  const std::lock_guard lock(generator.mutex());
  return generator.get_state().clone();
}

void set_generator(at::Generator generator, const Tensors& tensors, const std::string& name) {
  const auto state = tensors.find(name);
  if (state == tensors.end()) {
    throw Error("train.032", name, "is not in the checkpoint", "Start the run anew.");
  }
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state->second);
}

void put(Tensors& to, const std::string& prefix, const Tensors& tensors) {
  for (const auto& [name, tensor] : tensors) to[prefix + name] = tensor;
}

std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

}  // namespace

Tensors TrainingRun::final_state() const {
  Tensors tensors = optimizer_->state();
  put(tensors, "model/", state_of(*model_));
  put(tensors, "balancer/", state_of(*balancer_));
  return tensors;
}

void TrainingRun::save_checkpoint() {
  check_finite(losses_.read());
  Checkpoint checkpoint{.step = step_, .tensors = final_state(), .facts = numeric_flags()};
  put(checkpoint.tensors, "", losses_.state());
  checkpoint.tensors["rng/forward"] = state_of_generator(rng_);
  checkpoint.tensors["rng/default_cpu"] = state_of_generator(default_generator(at::kCPU));
  if (!device_.is_cpu()) {
    checkpoint.tensors["rng/default_device"] = state_of_generator(default_generator(device_));
  }
  checkpoint.facts["identity"] = plan_.identity;
  checkpoint.facts["run_id"] = plan_.run_id;
  checkpoint.facts["device"] = device_.str();
  if (best_) {
    put(checkpoint.tensors, "best/", best_->weights);
    checkpoint.facts["best_step"] = std::to_string(best_->step);
    checkpoint.facts["best_value"] = exact(best_->value);
  }
  const auto path = write_checkpoint(plan_.folder, checkpoint);
  events_.checkpointed(step_, path.string());
}

void TrainingRun::resume() {
  if (plan_.resume_step <= 0) return;
  const auto found = newest_checkpoint(plan_.folder, plan_.resume_step);
  if (!found) {
    events_.warn("train.034", "no checkpoint of step " + std::to_string(plan_.resume_step) +
                                  " or earlier can be used in " + plan_.folder.string() +
                                  "; the run starts anew");
    return;
  }
  for (const std::string& problem : found->damaged) events_.warn("train.030", problem);
  restore(*found);
}

void TrainingRun::restore(const FoundCheckpoint& found) {
  const Checkpoint& checkpoint = found.checkpoint;
  auto facts = checkpoint.facts;
  if (facts["identity"] != plan_.identity) {
    throw Error("train.031", found.path.string(), "is a checkpoint of another manifest",
                "Remove it to start the run anew.");
  }
  warn_of_other_surroundings(facts);
  const std::string origin = found.path.string();
  load_state(*model_, under(checkpoint.tensors, "model/"), origin);
  load_state(*balancer_, under(checkpoint.tensors, "balancer/"), origin);
  optimizer_->load(checkpoint.tensors);
  losses_.load(checkpoint.tensors);
  set_generator(rng_, checkpoint.tensors, "rng/forward");
  set_generator(default_generator(at::kCPU), checkpoint.tensors, "rng/default_cpu");
  if (!device_.is_cpu()) {
    set_generator(default_generator(device_), checkpoint.tensors, "rng/default_device");
  }
  if (facts.contains("best_step")) {
    best_ = Best{.step = std::atoll(facts["best_step"].c_str()),
                 .value = std::strtod(facts["best_value"].c_str(), nullptr),
                 .weights = under(checkpoint.tensors, "best/")};
  }
  step_ = checkpoint.step;
}

void TrainingRun::warn_of_other_surroundings(const std::map<std::string, std::string>& facts) {
  auto now = numeric_flags();
  now["device"] = device_.str();
  for (const auto& [name, value] : now) {
    const auto then = facts.find(name);
    if (then == facts.end() || then->second == value) continue;
    events_.warn("train.033", "the run goes on with " + name + " = " + value +
                                  ", its checkpoint was made with " + then->second +
                                  ": the result may differ in the last bits");
  }
}

}  // namespace triptych::train
