#include <algorithm>

#include <triptych/core/clock.h>
#include <triptych/core/ids.h>
#include <triptych/core/process.h>
#include <triptych/error.h>

#include "plan.h"

namespace triptych::store {
namespace {

struct NewestRun {
  std::int64_t run_key = 0;
  std::string run_id, status, started_at, finished_at;
  core::ProcessIdentity owner;
  std::optional<Checkpoint> checkpoint;
};

// The point's newest run; its status is "done" when any run of the point is done.
std::optional<NewestRun> newest_run(SQLite::Database& database, const std::string& point_id) {
  auto query =
      statement(database,
                "SELECT run_key, run_id, status, started_at, coalesce(finished_at, ''), "
                "host, boot, pid, process_start, checkpoint_step, checkpoint_path FROM run "
                "WHERE point_id = ? ORDER BY status = 'done' DESC, run_key DESC LIMIT 1",
                point_id);
  if (!query.executeStep()) return std::nullopt;
  NewestRun run{.run_key = query.getColumn(0).getInt64(),
                .run_id = query.getColumn(1),
                .status = query.getColumn(2),
                .started_at = query.getColumn(3),
                .finished_at = query.getColumn(4),
                .owner = {.host = query.getColumn(5),
                          .boot = query.getColumn(6),
                          .pid = query.getColumn(7).getInt64(),
                          .start = query.getColumn(8).getInt64()},
                .checkpoint = std::nullopt};
  if (!query.isColumnNull(10)) {
    run.checkpoint = Checkpoint{.step = query.getColumn(9).getInt64(), .path = query.getColumn(10)};
  }
  return run;
}

std::string start_run(SQLite::Database& database, const std::string& study, const PlanPoint& point,
                      const std::string& device) {
  const auto run_id = core::new_run_id();
  const auto self = core::current_process();
  execute(database,
          "INSERT INTO run(run_id, point_id, study, label, role, seed, status, device, started_at, "
          "host, boot, pid, process_start) VALUES(?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?)",
          run_id, point.point_id, study, point.label, point.role, point.seed, device,
          core::utc_now(), self.host, self.boot, self.pid, self.start);
  return run_id;
}

// Removes what the run's last checkpoint does not cover, and makes this process its owner.
void take_over(SQLite::Database& database, std::int64_t run_key, const std::string& device) {
  for (const std::string table :
       {"curve", "metric_final", "metric_image", "probe", "picture", "event"}) {
    execute(database,
            "DELETE FROM " + table +
                " WHERE run_key = ?1 AND generation > (SELECT generation FROM run WHERE run_key = "
                "?1)",
            run_key);
  }
  const auto self = core::current_process();
  execute(database,
          "UPDATE run SET status = 'running', reason = NULL, finished_at = NULL, device = ?, "
          "steps = coalesce(checkpoint_step, 0), host = ?, boot = ?, pid = ?, process_start = ? "
          "WHERE run_key = ?",
          device, self.host, self.boot, self.pid, self.start, run_key);
}

// What to do with a point: claim it as a new run or a continued one, or leave it.
std::optional<Claim> try_claim(SQLite::Database& database, const std::string& study,
                               const PlanPoint& point, const ClaimOptions& options) {
  Claim claim{.point = point, .run_id = "", .is_continued = false, .checkpoint = std::nullopt};
  const auto newest = newest_run(database, point.point_id);
  const bool is_retried =
      newest && newest->status == "failed" && newest->finished_at < options.retry_failed_before;
  if (!newest || is_retried) {
    claim.run_id = start_run(database, study, point, options.device);
    return claim;
  }
  const bool is_orphan = newest->status == "running" && !core::is_alive(newest->owner);
  if (!is_orphan && newest->status != "interrupted" && newest->status != "planned") {
    return std::nullopt;
  }
  take_over(database, newest->run_key, options.device);
  claim.run_id = newest->run_id;
  claim.is_continued = true;
  claim.checkpoint = newest->checkpoint;
  return claim;
}

struct Position {
  std::int64_t position = 0;
  std::string point_id;
};

// The places of a plan whose point no run has done, in order. Their manifests are not read yet: a
// plan may have thousands of points.
std::vector<Position> open_positions(SQLite::Database& database, const std::string& study_id) {
  auto query =
      statement(database,
                "SELECT position, point_id FROM plan_point AS p WHERE study_id = ? AND NOT "
                "EXISTS (SELECT 1 FROM run AS r WHERE r.point_id = p.point_id AND status = "
                "'done') ORDER BY position",
                study_id);
  std::vector<Position> positions;
  while (query.executeStep()) {
    positions.push_back({query.getColumn(0).getInt64(), query.getColumn(1)});
  }
  return positions;
}

}  // namespace

std::optional<Claim> Store::claim_next(const std::string& study, const ClaimOptions& options) {
  return connection_->immediate([&]() -> std::optional<Claim> {
    auto& database = connection_->database();
    const auto key = require_study(*connection_, study);
    for (const auto& position : open_positions(database, key.study_id)) {
      const bool is_wanted =
          options.only.empty() || std::find(options.only.begin(), options.only.end(),
                                            position.point_id) != options.only.end();
      if (!is_wanted) continue;
      const auto point = plan_point(database, key.study_id, position.position);
      if (auto claim = try_claim(database, study, point, options)) return claim;
    }
    return std::nullopt;
  });
}

namespace {

[[noreturn]] void refuse_release(const std::string& run_id, const std::string& message,
                                 const std::string& remedy) {
  throw Error("store.010", "run " + run_id, message, remedy);
}

}  // namespace

void Store::release(const std::string& run_id) {
  connection_->immediate([&] {
    auto query = statement(
        connection_->database(),
        "SELECT status, host, boot, pid, process_start FROM run WHERE run_id = ?", run_id);
    if (!query.executeStep()) refuse_release(run_id, "is not here", "See `triptych list runs`.");
    const std::string status = query.getColumn(0);
    const core::ProcessIdentity owner{.host = query.getColumn(1),
                                      .boot = query.getColumn(2),
                                      .pid = query.getColumn(3).getInt64(),
                                      .start = query.getColumn(4).getInt64()};
    if (status != "running") {
      refuse_release(run_id, "is " + status + ", not running", "Nothing needs to be taken over.");
    }
    const bool is_here = owner.host == core::current_process().host;
    if (is_here && core::is_alive(owner)) {
      refuse_release(run_id, "runs here, as process " + std::to_string(owner.pid),
                     "Wait for it, or stop it with Ctrl-C first.");
    }
    execute(connection_->database(),
            "UPDATE run SET status = 'interrupted', finished_at = ?, reason = ? WHERE run_id = ?",
            core::utc_now(), "taken over from " + owner.host, run_id);
  });
}

std::unique_ptr<RunWriter> Store::writer(const Claim& claim) {
  return std::make_unique<RunWriter>(connection_, claim.run_id);
}

}  // namespace triptych::store
