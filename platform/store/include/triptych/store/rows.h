#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <triptych/core/events.h>

// What goes into and comes out of the store, as plain values. Names are the column names described
// in results/README.md.

namespace triptych::store {

/// One baseline that a point is.
struct BaselineUse {
  std::string role;             ///< "single_task" | "multi_task"
  std::string name;             ///< the baseline's label in the manifest; "" = not known
  std::vector<std::string> of;  ///< labels of the variants that it serves; none: all
};

/// One run to be done, as a frozen plan lists it.
struct PlanPoint {
  std::string point_id;  ///< 16 hexadecimal digits
  std::string role;      ///< "variant" | "single_task" | "multi_task"
  std::string label;
  std::int64_t seed = 1;
  std::string manifest;                ///< canonical JSON
  std::vector<BaselineUse> serves_as;  ///< none: its role says what it is, for all variants
};

/// A frozen study.
struct Plan {
  std::string study;     ///< the study's name
  std::string protocol;  ///< "streets/1"
  std::string manifest;  ///< canonical JSON of the study, or of its plan
  std::vector<PlanPoint> points;
};

/// A plan point and how far it is. Status: that of its done run, else of its newest, else
/// "planned".
struct PointStatus {
  PlanPoint point;
  std::string status;
  std::string run_id;  ///< that run's, or ""
  std::string reason;  ///< that run's, or ""; of a running one what is known of its process
};

/// A complete checkpoint.
struct Checkpoint {
  std::int64_t step = 0;
  std::string path;
};

/// A row of v_run.
struct RunRow {
  std::string run_id, point_id, study, label, role;
  std::int64_t seed = 0;
  std::string status;  ///< "planned" | "running" | "done" | "failed" | "interrupted"
  std::string reason;  ///< "" where there is none
  std::string device, protocol, started_at;
  std::string finished_at;  ///< "" while it runs
  std::int64_t steps = 0;
};

/// A study's newest plan in numbers of points.
struct StudyRow {
  std::string study, protocol, created_at;
  std::int64_t points = 0, planned = 0, running = 0, done = 0, failed = 0, interrupted = 0;
};

struct CurveRow {
  std::int64_t step = 0;
  std::string task, metric, split;
  double value = 0;  ///< NaN where undefined
};

struct MetricRow {
  std::string task, metric, split, variant;
  double value = 0;  ///< NaN where undefined
  std::string unit, direction;
  bool is_main = false;
};

struct ImageRow {
  std::string task, image_id, statistic;
  double value = 0;
};

struct ProbeRow {
  std::string probe, part, statistic;
  std::optional<double> value;
  std::string unit;
  std::optional<std::string> validity;
  std::string reason;
};

/// The row of a probe's value, as it is.
[[nodiscard]] ProbeRow row_of(const core::ProbeValue& value);

struct PluginRow {
  std::string slot, name, file, source_hash, sha256;
};

struct PictureRow {
  std::int64_t picture_id = 0;
  std::string name;
  std::int64_t step = 0;
  std::string task, kind, image_id;
};

struct EventRow {
  std::string at, level, code, text;
};

}  // namespace triptych::store
