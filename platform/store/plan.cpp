#include "plan.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include <triptych/core/clock.h>
#include <triptych/core/hash.h>
#include <triptych/core/ids.h>
#include <triptych/core/process.h>
#include <triptych/error.h>

namespace triptych::store {
namespace {

using nlohmann::json;

std::string uses_text(const std::vector<BaselineUse>& uses) {
  auto list = json::array();
  for (const auto& use : uses) {
    list.push_back({{"role", use.role}, {"name", use.name}, {"of", use.of}});
  }
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A list of labels, as earlier versions wrote it, is one use under the point's own role.
std::vector<BaselineUse> uses_of(const std::string& text, const std::string& role) {
  const auto list = json::parse(text);
  if (list.empty()) return {};
  if (list.front().is_string()) return {{role, "", list.get<std::vector<std::string>>()}};
  std::vector<BaselineUse> uses;
  for (const auto& use : list) {
    uses.push_back({use.at("role").get<std::string>(), use.at("name").get<std::string>(),
                    use.at("of").get<std::vector<std::string>>()});
  }
  return uses;
}

// Same text, same plan. Each piece is preceded by its length, so that pieces cannot run together.
std::string digest_of(const Plan& plan) {
  core::Sha256 sha;
  const auto add = [&sha](const std::string& piece) {
    sha.update(std::to_string(piece.size()) + ":");
    sha.update(piece);
  };
  add(plan.protocol);
  add(plan.manifest);
  for (const auto& point : plan.points) {
    add(point.point_id);
    add(point.role);
    add(point.label);
    add(std::to_string(point.seed));
    add(uses_text(point.serves_as));
  }
  return sha.finish_hex();
}

void insert_plan(SQLite::Database& database, const Plan& plan, const std::string& digest) {
  const auto study_id = core::new_run_id();
  execute(database, "INSERT INTO study VALUES(?, ?, ?, ?, ?, ?)", study_id, plan.study,
          plan.protocol, plan.manifest, digest, core::utc_now());
  std::int64_t position = 0;
  for (const auto& point : plan.points) {
    // Paths, probes and intervals are no part of the point_id: the newest count until it is done.
    execute(database,
            "INSERT INTO point VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET manifest = "
            "excluded.manifest WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.point_id = "
            "excluded.point_id AND status IN ('running', 'done'))",
            point.point_id, plan.protocol, point.manifest);
    execute(database, "INSERT INTO plan_point VALUES(?, ?, ?, ?, ?, ?, ?)", study_id, position++,
            point.point_id, point.role, point.label, point.seed, uses_text(point.serves_as));
  }
}

}  // namespace

std::optional<StudyKey> find_study(SQLite::Database& database, const std::string& study) {
  auto query = statement(database,
                         "SELECT study_id, protocol, manifest, digest FROM study WHERE name = ? "
                         "ORDER BY study_id DESC LIMIT 1",
                         study);
  if (!query.executeStep()) return std::nullopt;
  return StudyKey{query.getColumn(0), query.getColumn(1), query.getColumn(2), query.getColumn(3)};
}

StudyKey require_study(Connection& connection, const std::string& study) {
  auto& database = connection.database();
  if (auto found = find_study(database, study)) return *found;
  std::vector<std::string> names;
  SQLite::Statement query(database, "SELECT DISTINCT name FROM study ORDER BY name");
  while (query.executeStep()) names.push_back(query.getColumn(0));
  throw Error(Problem{.code = "store.005",
                      .message = connection.path().string() + ": there is no study '" + study + "'",
                      .expected = "it has: " + join(names),
                      .suggestion = did_you_mean(study, names)});
}

namespace {

constexpr const char* kPointColumns =
    "SELECT point_id, role, label, seed, manifest, baseline_of FROM plan_point JOIN point "
    "USING(point_id) WHERE study_id = ? ";

PlanPoint point_row(SQLite::Statement& query) {
  return {.point_id = query.getColumn(0),
          .role = query.getColumn(1),
          .label = query.getColumn(2),
          .seed = query.getColumn(3).getInt64(),
          .manifest = query.getColumn(4),
          .serves_as = uses_of(query.getColumn(5), query.getColumn(1))};
}

}  // namespace

std::vector<PlanPoint> plan_points(SQLite::Database& database, const std::string& study_id) {
  auto query = statement(database, kPointColumns + std::string("ORDER BY position"), study_id);
  std::vector<PlanPoint> points;
  while (query.executeStep()) points.push_back(point_row(query));
  return points;
}

PlanPoint plan_point(SQLite::Database& database, const std::string& study_id,
                     std::int64_t position) {
  auto query =
      statement(database, kPointColumns + std::string("AND position = ?"), study_id, position);
  if (!query.executeStep()) throw std::logic_error("a plan lacks one of its own positions");
  return point_row(query);
}

namespace {

// What is known of the process of a run in status `running`; "" while it lives on this host.
std::string owner_note(const core::ProcessIdentity& owner, const std::string& run_id) {
  if (owner.host != core::current_process().host) {
    return "on host " + owner.host +
           ", which cannot be asked from here; if it is gone: --take-over " + run_id;
  }
  return core::is_alive(owner) ? ""
                               : "its process is gone; the next `triptych run` goes on with it";
}

}  // namespace

PointStatus status_of(SQLite::Database& database, const PlanPoint& point) {
  auto query = statement(database,
                         "SELECT status, run_id, coalesce(reason, ''), host, boot, pid, "
                         "process_start FROM run WHERE point_id = ? "
                         "ORDER BY status = 'done' DESC, run_key DESC LIMIT 1",
                         point.point_id);
  if (!query.executeStep()) return {.point = point, .status = "planned"};
  PointStatus status{.point = point,
                     .status = query.getColumn(0),
                     .run_id = query.getColumn(1),
                     .reason = query.getColumn(2)};
  if (status.status == "running") {
    status.reason = owner_note({.host = query.getColumn(3),
                                .boot = query.getColumn(4),
                                .pid = query.getColumn(5).getInt64(),
                                .start = query.getColumn(6).getInt64()},
                               status.run_id);
  }
  return status;
}

void Store::freeze(const Plan& plan) {
  const auto digest = digest_of(plan);
  connection_->immediate([&] {
    auto& database = connection_->database();
    const auto newest = find_study(database, plan.study);
    if (!newest || newest->digest != digest) insert_plan(database, plan, digest);
  });
}

bool Store::has_study(const std::string& study) const {
  if (!connection_->knows_tables()) return !runs(study).empty();
  return connection_->translated(
      [&] { return find_study(connection_->database(), study).has_value(); });
}

Plan Store::plan(const std::string& study) const {
  connection_->require_tables();
  return connection_->translated([&] {
    const auto key = require_study(*connection_, study);
    return Plan{.study = study,
                .protocol = key.protocol,
                .manifest = key.manifest,
                .points = plan_points(connection_->database(), key.study_id)};
  });
}

std::vector<PointStatus> Store::points_of(const Plan& plan) const {
  connection_->require_tables();
  return connection_->translated([&] {
    std::vector<PointStatus> found;
    for (const auto& point : plan.points) {
      found.push_back(status_of(connection_->database(), point));
    }
    return found;
  });
}

std::vector<PointStatus> Store::points(const std::string& study) const {
  return points_of(plan(study));
}

namespace {

// Points of the study's newest plan by the status that `status_of` gives them.
void count_points(Connection& connection, StudyRow& row) {
  connection.translated([&] {
    auto query = statement(
        connection.database(),
        "SELECT coalesce((SELECT status FROM run AS r WHERE r.point_id = p.point_id ORDER BY "
        "status = 'done' DESC, run_key DESC LIMIT 1), 'planned') AS now, count(*) FROM plan_point "
        "AS p WHERE study_id = (SELECT max(study_id) FROM study WHERE name = ?) GROUP BY now",
        row.study);
    while (query.executeStep()) {
      const std::string status = query.getColumn(0);
      const std::int64_t count = query.getColumn(1).getInt64();
      row.points += count;
      if (status == "planned") row.planned += count;
      if (status == "running") row.running += count;
      if (status == "done") row.done += count;
      if (status == "failed") row.failed += count;
      if (status == "interrupted") row.interrupted += count;
    }
  });
}

}  // namespace

std::vector<StudyRow> Store::studies() const {
  connection_->require_tables();
  auto newest_first = connection_->translated([&] {
    SQLite::Statement query(connection_->database(),
                            "SELECT name, protocol, created_at, max(study_id) FROM study "
                            "GROUP BY name ORDER BY max(study_id) DESC");
    std::vector<StudyRow> rows;
    while (query.executeStep()) {
      rows.push_back({.study = query.getColumn(0),
                      .protocol = query.getColumn(1),
                      .created_at = query.getColumn(2)});
    }
    return rows;
  });
  for (auto& row : newest_first) count_points(*connection_, row);
  return newest_first;
}

}  // namespace triptych::store
