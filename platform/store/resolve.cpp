#include <algorithm>

#include <triptych/error.h>

#include "connection.h"

namespace triptych::store {
namespace {

[[noreturn]] void refuse(Connection& connection, const std::string& message,
                         const std::string& remedy) {
  throw Error("store.005", connection.path().string(), message, remedy);
}

std::string latest(Connection& connection) {
  SQLite::Statement query(connection.database(),
                          "SELECT run_id FROM v_run ORDER BY started_at DESC, run_id DESC LIMIT 1");
  if (query.executeStep()) return query.getColumn(0);
  refuse(connection, "there are no runs yet", "Run a study first.");
}

// Tasks that have the metric, so that `mIoU` of two tasks is not mixed up.
void require_one_task(Connection& connection, const std::string& task, const std::string& metric) {
  auto query = statement(connection.database(),
                         "SELECT DISTINCT task FROM v_metric_final WHERE metric = ? AND (? = '' OR "
                         "task = ?) ORDER BY task",
                         metric, task, task);
  std::vector<std::string> tasks;
  while (query.executeStep()) tasks.push_back(query.getColumn(0));
  if (tasks.size() == 1) return;
  if (tasks.empty()) {
    std::vector<std::string> known;
    SQLite::Statement all(connection.database(),
                          "SELECT DISTINCT task || '.' || metric FROM v_metric_final ORDER BY 1");
    while (all.executeStep()) known.push_back(all.getColumn(0));
    std::vector<std::string> metrics;
    for (const auto& name : known) metrics.push_back(name.substr(name.find('.') + 1));
    const std::string wanted = task.empty() ? metric : task + "." + metric;
    refuse(connection, "no run has the metric '" + wanted + "'; there are: " + join(known),
           did_you_mean(wanted, task.empty() ? metrics : known));
  }
  refuse(connection, "several tasks have the metric '" + metric + "': " + join(tasks),
         "Write @best:" + tasks.front() + "." + metric + ".");
}

std::string best(Connection& connection, const std::string& wanted) {
  const auto dot = wanted.find('.');
  const std::string task = dot == std::string::npos ? "" : wanted.substr(0, dot);
  const std::string metric = dot == std::string::npos ? wanted : wanted.substr(dot + 1);
  require_one_task(connection, task, metric);
  auto query = statement(
      connection.database(),
      "WITH found AS (SELECT run_id, protocol, finished_at, split, value, direction "
      "  FROM v_metric_final JOIN v_run USING(run_id) WHERE status = 'done' AND metric = ?1 AND "
      "  (?2 = '' OR task = ?2) AND value IS NOT NULL AND split IN ('test', 'val')) "
      "SELECT run_id FROM found "
      "WHERE protocol = (SELECT protocol FROM found ORDER BY finished_at DESC LIMIT 1) "
      "ORDER BY split = 'test' DESC, CASE direction WHEN 'higher' THEN -value ELSE value END, "
      "run_id "
      "LIMIT 1",
      metric, task);
  if (query.executeStep()) return query.getColumn(0);
  refuse(connection, "no finished run has a value of '" + wanted + "'",
         "See `triptych list runs`.");
}

std::string by_prefix(Connection& connection, const std::string& prefix) {
  auto query = statement(connection.database(),
                         "SELECT run_id FROM v_run WHERE substr(run_id, 1, length(?1)) = ?1 "
                         "ORDER BY run_id LIMIT 4",
                         prefix);
  std::vector<std::string> found;
  while (query.executeStep()) found.push_back(query.getColumn(0));
  if (found.size() == 1 || (!found.empty() && found.front() == prefix)) return found.front();
  if (found.empty()) {
    refuse(
        connection, "there is no run '" + prefix + "'",
        "Give an id, a unique prefix of one, @latest or @best:METRIC; see `triptych list runs`.");
  }
  refuse(connection, "'" + prefix + "' is the start of several run ids: " + join(found),
         "Give more of it.");
}

}  // namespace

std::string Store::resolve(const std::string& run) const {
  return connection_->translated([&] {
    if (run == "@latest") return latest(*connection_);
    if (run.starts_with("@best:")) return best(*connection_, run.substr(6));
    if (run.empty()) refuse(*connection_, "the run id is empty", "See `triptych list runs`.");
    return by_prefix(*connection_, run);
  });
}

}  // namespace triptych::store
