#include "probes.h"

#include <algorithm>

#include "run_folder.h"
#include "triptych/core/environment.h"
#include "triptych/core/log.h"
#include "triptych/core/signals.h"
#include "triptych/host/border.h"
#include "triptych/manifest/check.h"
#include "triptych/measure/latency.h"
#include "triptych/train/predict.h"
#include "triptych/train/torch_compat.h"

namespace triptych::cli {

namespace {

/// Keeps the probes, for a run that has no writer any more.
class ProbeRows final : public core::RunEvents {
 public:
  std::vector<store::ProbeRow> rows;

  void probe(const core::ProbeValue& value) override { rows.push_back(store::row_of(value)); }
  void warn(std::string_view, std::string_view) override {}
  void curve(const core::CurvePoint&) override {}
  void final_metric(const core::FinalMetric&) override {}
  void image_statistic(const core::ImageStatistic&) override {}
  void picture(const core::Picture&) override {}
  void checkpointed(std::int64_t, std::string_view) override {}
  void flush() override {}
};

std::vector<std::string> missing_of(const std::vector<std::string>& wanted,
                                    const std::vector<store::ProbeRow>& rows) {
  std::vector<std::string> missing;
  for (const auto& probe : wanted) {
    const auto is_measured = [&](const auto& row) { return row.probe == probe && row.value; };
    if (std::none_of(rows.begin(), rows.end(), is_measured)) missing.push_back(probe);
  }
  return missing;
}

// What this place differs in from the run's, whose name its numbers would bear; "" = nothing.
std::string why_not_here(const store::Store& store, const std::string& run_id,
                         const std::string& device) {
  const auto difference = [](const std::string& then, const std::string& now) {
    return then == now ? "" : "it ran on " + then + ", this is " + now;
  };
  const auto place = train::device_text(train::choose_device(device));
  const auto why = difference(store.run(run_id).device, place);
  const auto then = store.environment(run_id);
  const auto now = core::environment();
  const auto cpu = then.find("cpu_model");
  if (!why.empty() || cpu == then.end() || !now.contains("cpu_model")) return why;
  return difference(cpu->second, now.at("cpu_model"));
}

std::vector<store::ProbeRow> measured(const manifest::Manifest& manifest,
                                      const std::vector<std::string>& probes,
                                      const Plugins& plugins, const std::filesystem::path& weights,
                                      const std::string& device) {
  return host::at_border("while measuring " + join(probes), [&] {
    train::Predictor predictor(manifest, *plugins.host, weights, device);
    ProbeRows events;
    for (const auto& probe : probes) run_probe(probe, predictor.model(), events);
    return std::move(events.rows);
  });
}

void warn_unmeasured(const std::string& name, const std::vector<std::string>& probes,
                     const std::string& why) {
  const Problem problem{
      .code = "usage.021",
      .message =
          name + ": was done before, and " + join(probes) + " cannot be measured now: " + why,
      .suggestion =
          "Measure it where it ran with its files beside the database, or run the study "
          "in another database (--db)."};
  core::log_warning(problem.text());
}

}  // namespace

void run_probe(const std::string& probe, compose::Model& model, core::RunEvents& events) {
  if (probe == "latency") {
    measure::probe_latency(model, {}, events);
    return;
  }
  events.probe({.probe = probe,
                .part = "total",
                .statistic = "value",
                .value = {},
                .unit = "",
                .validity = {},
                .reason = "not measured: this version has no such probe"});
}

void add_missing_probes(store::Store& store, const Plugins& plugins, const store::Plan& plan,
                        const std::vector<std::string>& chosen, const std::string& device) {
  for (const auto& entry : store.points_of(plan)) {
    if (core::stop_signal() != 0) return;
    const auto& id = entry.point.point_id;
    const bool is_chosen = std::find(chosen.begin(), chosen.end(), id) != chosen.end();
    if (!is_chosen || entry.status != "done") continue;
    const auto manifest = manifest::from_canonical(entry.point.manifest, *plugins.specs);
    const auto missing = missing_of(manifest.probes, store.probes(entry.run_id));
    if (missing.empty()) continue;
    const auto name = entry.point.label + ", seed " + std::to_string(entry.point.seed);
    std::vector<store::ProbeRow> rows;
    auto why = why_not_here(store, entry.run_id, device);
    try {
      const auto weights = run_weights(store.path(), entry.run_id);
      if (why.empty()) rows = measured(manifest, missing, plugins, weights, device);
    } catch (const Error& error) {
      why = error.what();
    }
    if (!why.empty()) {
      warn_unmeasured(name, missing, why);
      continue;
    }
    store.add_probes(entry.run_id, rows, "usage.022",
                     join(missing) + " was measured after the run was done");
    core::log_info(name + ": was done before; " + join(missing) + " is measured now");
  }
}

}  // namespace triptych::cli
