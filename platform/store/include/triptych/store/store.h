#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "triptych/store/rows.h"
#include "triptych/store/writer.h"

namespace triptych::store {

/// `read_write` creates the file, and its folder, when they are missing; `read_only` needs the
/// file.
enum class Mode { read_write, read_only };

struct OpenOptions {
  double busy_timeout_s = 30;  ///< how long to wait for other writers before Error store.075
  std::int64_t max_bytes = 0;  ///< quota of the database file; beyond it it counts as a full disk
};

/// Which points `claim_next` may take.
struct ClaimOptions {
  std::vector<std::string> only;  ///< point ids; empty: all
  std::string device;             ///< stored with the run: "cpu", "cuda:0 NVIDIA H100", ...
  /// Failed points are tried again, as new runs, when they failed before this moment (UTC, as
  /// core::utc_now). Empty: they are left alone. A moment, so that a point that fails again is not
  /// taken up without end.
  std::string retry_failed_before;
};

/// A point that this process has to run now.
struct Claim {
  PlanPoint point;
  std::string run_id;
  bool is_continued = false;             ///< an interrupted run, or one whose process is gone
  std::optional<Checkpoint> checkpoint;  ///< where to continue; nothing: from the start
};

/// The results database: one SQLite file for any number of studies, written by any number of
/// processes of one machine at a time. Copies share one connection; to be used from one thread.
///
/// Errors (triptych::Error): store.001 cannot be opened, created or written; store.002 not a SQLite
/// database, or damaged; store.003 a database that is not Triptych's; store.004 written by a newer
/// version and opened for writing; store.005 no such study, run or metric, or an ambiguous one;
/// store.006 disk full; store.007 the run was taken over by another process; store.009 a
/// reported value that the tables do not allow; store.010 a run that cannot be taken over;
/// store.011 probes for a run that is not done; store.075 busy.
class Store {
 public:
  [[nodiscard]] static Store open(const std::filesystem::path& path, Mode mode,
                                  const OpenOptions& options = {});

  [[nodiscard]] const std::filesystem::path& path() const;
  /// Things the user should know about the way it was opened (a network file system, a newer
  /// version), each one sentence; usually none.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  // Plans and claims -----------------------------------------------------------------------------

  /// Makes `plan` the newest plan of its study. An equal newest plan is kept as it is.
  void freeze(const Plan& plan);

  /// The next point of the study's newest plan that nobody has done or is doing, in plan order, and
  /// a run for it in status `running`, owned by this process. Points done in any study are passed
  /// over. A run that was interrupted, or whose process is gone, is continued under its run_id:
  /// rows written after its last checkpoint are removed in the same transaction. Nothing: all is
  /// done, failed or being run by others (see `points`).
  [[nodiscard]] std::optional<Claim> claim_next(const std::string& study,
                                                const ClaimOptions& options = {});

  /// Gives up a run in status `running` whose owner nobody can ask, since it is of another host: it
  /// becomes `interrupted`, and claim_next continues it. If its process lives after all, that
  /// process learns by Error store.007 at its next write. Error store.010 when the run is not
  /// running, or runs on this host (a process that is gone there needs no release).
  void release(const std::string& run_id);

  /// Writes the claimed run. One writer per claim; it keeps the connection open.
  [[nodiscard]] std::unique_ptr<RunWriter> writer(const Claim& claim);

  /// Stores probes of a done run that were measured after it was done, in one transaction: they
  /// replace its rows of the same probes; an event of level `note` with `code` and `text` says so.
  /// Nothing else of a done run changes. Error store.011 when the run is not done.
  void add_probes(const std::string& run_id, const std::vector<ProbeRow>& rows,
                  const std::string& code, const std::string& text);

  // Queries --------------------------------------------------------------------------------------

  /// The points of the study's newest plan, in order.
  [[nodiscard]] std::vector<PointStatus> points(const std::string& study) const;
  /// Points without a study: how far each point id is (plan --json on a database that may not know
  /// the study yet). Same order as given.
  [[nodiscard]] std::vector<PointStatus> points_of(const Plan& plan) const;
  /// Studies by name, newest plan each, most recently frozen first.
  [[nodiscard]] std::vector<StudyRow> studies() const;
  [[nodiscard]] bool has_study(const std::string& study) const;
  /// The newest plan. Error store.005 names the nearest study.
  [[nodiscard]] Plan plan(const std::string& study) const;
  /// All runs, oldest first; of one study when it is named.
  [[nodiscard]] std::vector<RunRow> runs(const std::string& study = "") const;
  [[nodiscard]] RunRow run(const std::string& run_id) const;
  /// A run id from an id, a unique prefix, `@latest` (started last) or `@best:METRIC`, where METRIC
  /// is `mIoU` or `semseg.mIoU`: the best finished run of the protocol that has that metric and was
  /// used last; values of split test before those of val.
  [[nodiscard]] std::string resolve(const std::string& run) const;

  /// Where the run's last complete checkpoint lies.
  [[nodiscard]] std::optional<Checkpoint> checkpoint(const std::string& run_id) const;
  /// Canonical manifest of the run's point.
  [[nodiscard]] std::string manifest(const std::string& run_id) const;
  [[nodiscard]] std::vector<MetricRow> metrics(const std::string& run_id) const;
  [[nodiscard]] std::vector<CurveRow> curves(const std::string& run_id) const;
  [[nodiscard]] std::vector<ImageRow> images(const std::string& run_id) const;
  [[nodiscard]] std::vector<ProbeRow> probes(const std::string& run_id) const;
  [[nodiscard]] std::vector<PluginRow> plugins(const std::string& run_id) const;
  [[nodiscard]] std::map<std::string, std::string> environment(const std::string& run_id) const;
  [[nodiscard]] std::vector<PictureRow> pictures(const std::string& run_id) const;
  /// PNG bytes.
  [[nodiscard]] std::string picture_png(std::int64_t picture_id) const;
  [[nodiscard]] std::vector<EventRow> events(const std::string& run_id) const;
  /// SHA-256 over all curve, final and per-image metric rows of the run, ordered by their keys,
  /// without ids and times; values as hexadecimal floats. Probes do not count: latencies differ.
  [[nodiscard]] std::string metrics_digest(const std::string& run_id) const;
  /// "" when SQLite finds the file sound, else what is wrong.
  [[nodiscard]] std::string integrity_problem() const;

 private:
  explicit Store(std::shared_ptr<Connection> connection);

  std::shared_ptr<Connection> connection_;
};

}  // namespace triptych::store
