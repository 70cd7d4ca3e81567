#include "point_runner.h"

#include <torch/version.h>

#include <algorithm>

#include "probes.h"
#include "run_folder.h"
#include "triptych/core/environment.h"
#include "triptych/core/log.h"
#include "triptych/core/signals.h"
#include "triptych/manifest/check.h"
#include "triptych/train/checkpoint.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/trainer.h"

namespace triptych::cli {

namespace {

std::vector<store::PluginRow> plugin_rows(const manifest::Manifest& manifest) {
  std::vector<store::PluginRow> rows;
  for (const auto& plugin : manifest.plugins) {
    rows.push_back({plugin.kind, plugin.name, plugin.file, plugin.source_hash, plugin.sha256});
  }
  return rows;
}

std::map<std::string, std::string> run_environment() {
  auto environment = core::environment();
  environment["torch"] = TORCH_VERSION;
  return environment;
}

std::int64_t steps_of(const store::PlanPoint& point, const Plugins& plugins) {
  return manifest::from_canonical(point.manifest, *plugins.specs).recipe.steps;
}

}  // namespace

PointRunner::PointRunner(store::Store& store, const Plugins& plugins, const store::Plan& plan,
                         const std::vector<std::string>& chosen, std::string device, bool is_silent)
    : store_(store), plugins_(plugins), device_(std::move(device)) {
  std::int64_t total = 0;
  for (const auto& entry : store.points(plan.study)) {
    const bool is_chosen =
        std::find(chosen.begin(), chosen.end(), entry.point.point_id) != chosen.end();
    if (is_chosen && entry.status != "done") total += steps_of(entry.point, plugins);
  }
  if (is_silent || total == 0) return;
  core::Progress::Options options;
  options.title = plan.study;
  options.total = total;
  progress_ = std::make_unique<core::Progress>(std::move(options));
}

void PointRunner::run(const store::Claim& claim) {
  const auto writer = store_.writer(claim);
  const auto name = claim.point.label + ", seed " + std::to_string(claim.point.seed);
  train::TrainOutcome outcome;
  std::int64_t steps = 0;
  try {
    const auto manifest = manifest::from_canonical(claim.point.manifest, *plugins_.specs);
    steps = manifest.recipe.steps;
    auto environment = run_environment();
    environment["threads"] = std::to_string(train::set_threads(manifest.recipe.threads));
    writer->describe(plugin_rows(manifest), environment);

    train::RunPlan plan;
    plan.manifest = &manifest;
    plan.host = plugins_.host.get();
    plan.run_id = claim.run_id;
    plan.folder = run_folder(store_.path(), claim.run_id);
    plan.device = device_;
    plan.identity = claim.point.point_id;
    plan.resume_step = claim.checkpoint ? claim.checkpoint->step : 0;
    plan.init_weights = manifest.recipe.init_from.from;
    plan.progress = [this, &name](std::int64_t step, const std::string& detail) {
      if (progress_) progress_->update(steps_done_ + step, name + ", " + detail);
    };
    outcome = train::run_training(plan, *writer, [] { return core::stop_signal() != 0; });
    if (outcome.status == train::RunStatus::kDone) {
      for (const auto& probe : manifest.probes) run_probe(probe, *outcome.model, *writer);
      environment["tensors_digest"] = outcome.tensors_digest;
      environment["device"] = outcome.device;
      writer->describe(plugin_rows(manifest), environment);
    }
  } catch (const Error& error) {
    const auto& code = error.problem().code;
    const bool is_runs_fault = !code.starts_with("store.") || code == "store.009";  // a bad row
    if (!is_runs_fault) throw;
    outcome.status = train::RunStatus::kFailed;
    outcome.code = error.problem().code;
    outcome.reason = error.what();
  }
  writer->finish(train::status_name(outcome.status), outcome.reason, outcome.steps);
  if (outcome.status == train::RunStatus::kDone) {
    train::remove_checkpoints(run_folder(store_.path(), claim.run_id));  // the weights stay
  }
  steps_done_ += steps;
  if (outcome.status == train::RunStatus::kFailed) {
    core::log_error(name + ": failed: " + outcome.reason);
  }
  if (progress_) progress_->update(steps_done_, name + " " + train::status_name(outcome.status));
}

}  // namespace triptych::cli
