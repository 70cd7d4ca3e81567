#include <cmath>
#include <cstdio>

#include <triptych/core/hash.h>
#include <triptych/error.h>

#include "connection.h"

namespace triptych::store {
namespace {

double number(const SQLite::Column& column) {
  return column.isNull() ? std::nan("") : column.getDouble();
}

std::string text(const SQLite::Column& column) {
  return column.isNull() ? std::string() : column.getString();
}

// All rows of a query made by `make(statement)`. `order by` belongs in the SQL: results are the
// same bytes for the same file.
template <typename Row, typename Make, typename... Values>
std::vector<Row> rows_of(Connection& connection, const std::string& sql, Make make,
                         const Values&... values) {
  return connection.translated([&] {
    auto query = statement(connection.database(), sql, values...);
    std::vector<Row> rows;
    while (query.executeStep()) rows.push_back(make(query));
    return rows;
  });
}

RunRow run_row(SQLite::Statement& query) {
  return {.run_id = query.getColumn(0),
          .point_id = query.getColumn(1),
          .study = query.getColumn(2),
          .label = query.getColumn(3),
          .role = query.getColumn(4),
          .seed = query.getColumn(5).getInt64(),
          .status = query.getColumn(6),
          .reason = text(query.getColumn(7)),
          .device = query.getColumn(8),
          .protocol = query.getColumn(9),
          .started_at = query.getColumn(10),
          .finished_at = text(query.getColumn(11)),
          .steps = query.getColumn(12).getInt64()};
}

constexpr const char* kRunColumns =
    "SELECT run_id, point_id, study, label, role, seed, status, reason, device, protocol, "
    "started_at, finished_at, steps FROM v_run ";

}  // namespace

std::vector<RunRow> Store::runs(const std::string& study) const {
  const std::string order = "ORDER BY run_id";  // ids grow with time
  if (study.empty()) return rows_of<RunRow>(*connection_, kRunColumns + order, run_row);
  return rows_of<RunRow>(*connection_, kRunColumns + ("WHERE study = ? " + order), run_row, study);
}

RunRow Store::run(const std::string& run_id) const {
  auto found =
      rows_of<RunRow>(*connection_, kRunColumns + std::string("WHERE run_id = ?"), run_row, run_id);
  if (found.empty()) {
    throw Error("store.005", connection_->path().string(), "there is no run '" + run_id + "'",
                "See `triptych list runs`.");
  }
  return found.front();
}

std::vector<MetricRow> Store::metrics(const std::string& run_id) const {
  // The views do not say which metric is the main one; a newer file is read without it.
  const std::string source = connection_->knows_tables()
                                 ? "is_main FROM metric_final JOIN run USING(run_key)"
                                 : "0 FROM v_metric_final";
  return rows_of<MetricRow>(
      *connection_,
      "SELECT task, metric, split, variant, value, unit, direction, " + source +
          " WHERE run_id = ? ORDER BY task, metric, split, variant",
      [](SQLite::Statement& query) {
        return MetricRow{.task = query.getColumn(0),
                         .metric = query.getColumn(1),
                         .split = query.getColumn(2),
                         .variant = query.getColumn(3),
                         .value = number(query.getColumn(4)),
                         .unit = query.getColumn(5),
                         .direction = query.getColumn(6),
                         .is_main = query.getColumn(7).getInt() != 0};
      },
      run_id);
}

std::vector<CurveRow> Store::curves(const std::string& run_id) const {
  return rows_of<CurveRow>(
      *connection_,
      "SELECT step, task, metric, split, value FROM v_metric_curve WHERE run_id = ? "
      "ORDER BY task, metric, split, step",
      [](SQLite::Statement& query) {
        return CurveRow{.step = query.getColumn(0).getInt64(),
                        .task = query.getColumn(1),
                        .metric = query.getColumn(2),
                        .split = query.getColumn(3),
                        .value = number(query.getColumn(4))};
      },
      run_id);
}

std::vector<ImageRow> Store::images(const std::string& run_id) const {
  return rows_of<ImageRow>(
      *connection_,
      "SELECT task, image_id, statistic, value FROM v_metric_image WHERE run_id = ? "
      "ORDER BY task, image_id, statistic",
      [](SQLite::Statement& query) {
        return ImageRow{.task = query.getColumn(0),
                        .image_id = query.getColumn(1),
                        .statistic = query.getColumn(2),
                        .value = number(query.getColumn(3))};
      },
      run_id);
}

std::vector<ProbeRow> Store::probes(const std::string& run_id) const {
  return rows_of<ProbeRow>(
      *connection_,
      "SELECT probe, part, statistic, value, unit, validity, reason FROM v_probe WHERE run_id = ? "
      "ORDER BY probe, part, statistic",
      [](SQLite::Statement& query) {
        ProbeRow row{.probe = query.getColumn(0),
                     .part = query.getColumn(1),
                     .statistic = query.getColumn(2),
                     .value = std::nullopt,
                     .unit = query.getColumn(4),
                     .validity = std::nullopt,
                     .reason = text(query.getColumn(6))};
        if (!query.isColumnNull(3)) row.value = query.getColumn(3).getDouble();
        if (!query.isColumnNull(5)) row.validity = query.getColumn(5).getString();
        return row;
      },
      run_id);
}

std::vector<PluginRow> Store::plugins(const std::string& run_id) const {
  return rows_of<PluginRow>(
      *connection_,
      "SELECT slot, name, file, source_hash, sha256 FROM v_plugin WHERE run_id = ? "
      "ORDER BY slot, name",
      [](SQLite::Statement& query) {
        return PluginRow{.slot = query.getColumn(0),
                         .name = query.getColumn(1),
                         .file = query.getColumn(2),
                         .source_hash = query.getColumn(3),
                         .sha256 = query.getColumn(4)};
      },
      run_id);
}

std::map<std::string, std::string> Store::environment(const std::string& run_id) const {
  return connection_->translated([&] {
    auto query = statement(connection_->database(),
                           "SELECT key, value FROM v_environment WHERE run_id = ?", run_id);
    std::map<std::string, std::string> found;
    while (query.executeStep()) found[query.getColumn(0)] = query.getColumn(1).getString();
    return found;
  });
}

std::vector<PictureRow> Store::pictures(const std::string& run_id) const {
  if (!connection_->knows_tables()) return {};  // no view shows them
  return rows_of<PictureRow>(
      *connection_,
      "SELECT picture_id, name, step, task, kind, image_id FROM picture JOIN run USING(run_key) "
      "WHERE run_id = ? ORDER BY image_id, task, kind, name, step",
      [](SQLite::Statement& query) {
        return PictureRow{.picture_id = query.getColumn(0).getInt64(),
                          .name = query.getColumn(1),
                          .step = query.getColumn(2).getInt64(),
                          .task = query.getColumn(3),
                          .kind = query.getColumn(4),
                          .image_id = query.getColumn(5)};
      },
      run_id);
}

std::string Store::picture_png(std::int64_t picture_id) const {
  return connection_->translated([&] {
    auto query = statement(connection_->database(), "SELECT png FROM picture WHERE picture_id = ?",
                           picture_id);
    return query.executeStep() ? query.getColumn(0).getString() : std::string();
  });
}

std::vector<EventRow> Store::events(const std::string& run_id) const {
  if (!connection_->knows_tables()) return {};  // no view shows them
  return rows_of<EventRow>(
      *connection_,
      "SELECT at, level, code, text FROM event JOIN run USING(run_key) WHERE run_id = ? "
      "ORDER BY event_id",
      [](SQLite::Statement& query) {
        return EventRow{.at = query.getColumn(0),
                        .level = query.getColumn(1),
                        .code = query.getColumn(2),
                        .text = query.getColumn(3)};
      },
      run_id);
}

std::optional<Checkpoint> Store::checkpoint(const std::string& run_id) const {
  connection_->require_tables();
  return connection_->translated([&]() -> std::optional<Checkpoint> {
    auto query = statement(connection_->database(),
                           "SELECT checkpoint_step, checkpoint_path FROM run WHERE run_id = ? AND "
                           "checkpoint_path IS NOT NULL",
                           run_id);
    if (!query.executeStep()) return std::nullopt;
    return Checkpoint{.step = query.getColumn(0).getInt64(), .path = query.getColumn(1)};
  });
}

std::string Store::manifest(const std::string& run_id) const {
  connection_->require_tables();
  return connection_->translated([&] {
    auto query =
        statement(connection_->database(),
                  "SELECT manifest FROM run JOIN point USING(point_id) WHERE run_id = ?", run_id);
    if (query.executeStep()) return query.getColumn(0).getString();
    throw Error("store.005", connection_->path().string(), "there is no run '" + run_id + "'");
  });
}

std::string Store::metrics_digest(const std::string& run_id) const {
  core::Sha256 sha;
  const auto add = [&sha](const std::string& piece) {
    sha.update(piece);
    sha.update(std::string_view("\0", 1));
  };
  const auto add_number = [&add](double value) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%a", value);
    add(std::isnan(value) ? "nan" : digits);
  };
  for (const auto& row : curves(run_id)) {
    for (const auto& piece : {std::to_string(row.step), row.task, row.metric, row.split})
      add(piece);
    add_number(row.value);
  }
  for (const auto& row : metrics(run_id)) {
    for (const auto& piece : {row.task, row.metric, row.split, row.variant}) add(piece);
    add_number(row.value);
  }
  for (const auto& row : images(run_id)) {
    for (const auto& piece : {row.task, row.image_id, row.statistic}) add(piece);
    add_number(row.value);
  }
  return sha.finish_hex();
}

std::string Store::integrity_problem() const {
  return connection_->translated([&] {
    const auto answer = connection_->database().execAndGet("PRAGMA integrity_check").getString();
    return answer == "ok" ? std::string() : answer;
  });
}

}  // namespace triptych::store
