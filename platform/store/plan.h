#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connection.h"

namespace triptych::store {

/// A study's newest plan in the file.
struct StudyKey {
  std::string study_id, protocol, manifest, digest;
};

/// Nothing when the database has no such study.
[[nodiscard]] std::optional<StudyKey> find_study(SQLite::Database& database,
                                                 const std::string& study);

/// Error store.005 with the nearest name when the database has no such study.
[[nodiscard]] StudyKey require_study(Connection& connection, const std::string& study);

/// The points of a plan in order, equal point ids as often as the plan lists them.
[[nodiscard]] std::vector<PlanPoint> plan_points(SQLite::Database& database,
                                                 const std::string& study_id);

/// The point at one place of a plan.
[[nodiscard]] PlanPoint plan_point(SQLite::Database& database, const std::string& study_id,
                                   std::int64_t position);

/// The run that stands for a point: its done run, else its newest. Empty run_id: none yet.
[[nodiscard]] PointStatus status_of(SQLite::Database& database, const PlanPoint& point);

}  // namespace triptych::store
