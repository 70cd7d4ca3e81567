#include <algorithm>
#include <cmath>
#include <filesystem>
#include <tuple>

#include <triptych/core/hash.h>
#include <triptych/core/process.h>
#include <triptych/error.h>

#include "redact.h"
#include "triptych/report/page.h"

namespace triptych::report {
namespace {

// Long curves are cut into pieces of equal length, of which the least and the greatest value stay:
// a spike never vanishes. The first and the last point stay too.
PageSeries thinned(const PageSeries& series, std::size_t most_points) {
  const std::size_t size = series.steps.size();
  if (size <= std::max<std::size_t>(most_points, 4)) return series;
  const std::size_t pieces = most_points / 2;
  std::vector<std::size_t> kept = {0, size - 1};
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::size_t begin = piece * size / pieces;
    const std::size_t end = (piece + 1) * size / pieces;
    std::size_t least = begin, greatest = begin;
    for (std::size_t i = begin; i < end; ++i) {
      if (!std::isfinite(series.values[i])) kept.push_back(i);
      if (series.values[i] < series.values[least]) least = i;
      if (series.values[i] > series.values[greatest]) greatest = i;
    }
    kept.push_back(least);
    kept.push_back(greatest);
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  PageSeries out{.run = series.run, .steps = {}, .values = {}};
  for (const std::size_t i : kept) {
    out.steps.push_back(series.steps[i]);
    out.values.push_back(series.values[i]);
  }
  return out;
}

class Collector {
 public:
  Collector(const store::Store& store, const PageOptions& options)
      : store_(store), options_(options) {
    redaction_.add_host(core::current_process().host);
  }

  PageData page() {
    page_.title = options_.study.empty() ? "all studies" : options_.study;
    if (!options_.study.empty()) (void)store_.plan(options_.study);  // names the nearest when wrong
    for (const auto& row : store_.studies()) {
      if (options_.study.empty() || row.study == options_.study) add_study(row);
    }
    if (page_.studies.size() == 1) page_.title = page_.studies.front().name;
    return std::move(page_);
  }

 private:
  void add_study(const store::StudyRow& row) {
    PageStudy study{.name = row.study,
                    .protocol = row.protocol,
                    .created_at = row.created_at,
                    .comparison = {},
                    .runs = {},
                    .charts = {},
                    .pictures = {}};
    if (row.done > 0) {
      study.comparison = compare(store_, {row.study});
    } else {
      study.comparison.notes.emplace_back("No run of this study is done yet.");
    }
    for (const auto& point : store_.points(row.study)) {
      if (!point.run_id.empty()) add_run(point, study);
    }
    sort_charts(study);
    redact(study.comparison);
    page_.studies.push_back(std::move(study));
  }

  void add_run(const store::PointStatus& point, PageStudy& study) {
    const std::size_t index = study.runs.size();
    const auto environment = store_.environment(point.run_id);
    if (const auto host = environment.find("host"); host != environment.end()) {
      redaction_.add_host(host->second);
    }
    PageRun run{.row = store_.run(point.run_id),
                .probes = store_.probes(point.run_id),
                .plugins = store_.plugins(point.run_id),
                .environment = {},
                .events = store_.events(point.run_id),
                .manifest = redaction_.json(point.point.manifest)};
    run.row.label = point.point.label;  // as this study calls it
    run.row.role = point.point.role;
    run.row.reason = redaction_.text(run.row.reason);
    run.row.device = redaction_.text(run.row.device);
    for (auto& probe : run.probes) probe.reason = redaction_.text(probe.reason);
    for (auto& event : run.events) event.text = redaction_.text(event.text);
    for (auto& plugin : run.plugins) {
      plugin.file = std::filesystem::path(plugin.file).filename().string();
    }
    for (const auto& [key, value] : environment) {
      if (Redaction::may_show(key)) run.environment[key] = redaction_.text(value);
    }
    study.runs.push_back(std::move(run));
    add_curves(point.run_id, index, study);
    add_pictures(point.run_id, index, study);
  }

  void add_curves(const std::string& run_id, std::size_t index, PageStudy& study) {
    const auto metrics = store_.metrics(run_id);
    PageSeries series{.run = index, .steps = {}, .values = {}};
    const auto rows = store_.curves(run_id);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      series.steps.push_back(rows[i].step);
      series.values.push_back(rows[i].value);
      const bool is_last = i + 1 == rows.size() || rows[i + 1].task != rows[i].task ||
                           rows[i + 1].metric != rows[i].metric ||
                           rows[i + 1].split != rows[i].split;
      if (!is_last) continue;
      chart_of(study, rows[i], metrics).series.push_back(thinned(series, options_.most_points));
      series.steps.clear();
      series.values.clear();
    }
  }

  static PageChart& chart_of(PageStudy& study, const store::CurveRow& row,
                             const std::vector<store::MetricRow>& metrics) {
    const auto found =
        std::find_if(study.charts.begin(), study.charts.end(), [&](const auto& chart) {
          return chart.task == row.task && chart.metric == row.metric && chart.split == row.split;
        });
    if (found != study.charts.end()) return *found;
    PageChart chart{.task = row.task,
                    .metric = row.metric,
                    .split = row.split,
                    .unit = "",
                    .direction = row.metric == "loss" ? "lower" : "",
                    .series = {}};
    for (const auto& metric : metrics) {
      if (metric.task != row.task || metric.metric != row.metric) continue;
      chart.unit = metric.unit;
      chart.direction = metric.direction;
    }
    study.charts.push_back(std::move(chart));
    return study.charts.back();
  }

  // Metrics before losses before the rest, whatever run came first.
  static void sort_charts(PageStudy& study) {
    std::sort(study.charts.begin(), study.charts.end(), [](const auto& a, const auto& b) {
      const auto kind = [](const PageChart& chart) {
        return chart.task == "all" ? 2 : chart.metric == "loss" ? 1 : 0;
      };
      return std::tuple(kind(a), a.task, a.metric, a.split) <
             std::tuple(kind(b), b.task, b.metric, b.split);
    });
  }

  void add_pictures(const std::string& run_id, std::size_t index, PageStudy& study) {
    for (const auto& row : store_.pictures(run_id)) {
      const auto png = store_.picture_png(row.picture_id);
      const auto key = core::sha256_hex(png);
      auto known = known_pngs_.find(key);
      if (known == known_pngs_.end()) {
        if (num_picture_bytes_ + png.size() > options_.most_picture_bytes) {
          note_left_out(study);
          return;
        }
        num_picture_bytes_ += png.size();
        known = known_pngs_.emplace(key, page_.pngs.size()).first;
        page_.pngs.push_back(png);
      }
      study.pictures.push_back({.run = index, .row = row, .png = known->second});
    }
  }

  static void note_left_out(PageStudy& study) {
    const std::string note = "Some pictures were left out to keep the page small.";
    auto& notes = study.comparison.notes;
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  }

  void redact(Comparison& comparison) const {
    for (auto& note : comparison.notes) note = redaction_.text(note);
    for (auto& row : comparison.rows) row.why = redaction_.text(row.why);
  }

  const store::Store& store_;
  const PageOptions& options_;
  Redaction redaction_;
  PageData page_;
  std::map<std::string, std::size_t> known_pngs_;  // by SHA-256
  std::size_t num_picture_bytes_ = 0;
};

}  // namespace

PageData collect_page(const store::Store& store, const PageOptions& options) {
  return Collector(store, options).page();
}

}  // namespace triptych::report
