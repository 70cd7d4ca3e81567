#include "triptych/store/writer.h"

#include <algorithm>

#include <triptych/core/clock.h>
#include <triptych/core/process.h>
#include <triptych/error.h>

#include "connection.h"
#include "pending.h"

namespace triptych::store {
namespace {

constexpr std::size_t kBatchRows = 500;       // past 100, larger batches gain little
constexpr std::size_t kBatchBytes = 1 << 20;  // pictures are large: bound what a crash loses
constexpr double kBatchSeconds = 1;           // what a reader may lag behind

// Throws unless the run is running and owned by this process. Inside a transaction.
void require_owned(Connection& connection, std::int64_t run_key, const std::string& run_id) {
  const auto self = core::current_process();
  auto query = statement(connection.database(),
                         "SELECT 1 FROM run WHERE run_key = ? AND status = 'running' AND host = ? "
                         "AND boot = ? AND pid = ? AND process_start = ?",
                         run_key, self.host, self.boot, self.pid, self.start);
  if (query.executeStep()) return;
  throw Error("store.007", "run " + run_id, "belongs to another process now",
              "Its newest rows were not written; the other process goes on with it.");
}

// A row that the schema would refuse is refused at once: it would block those collected beside it.
void require_word(std::string_view word, const std::vector<std::string>& words,
                  const std::string& what) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return;
  throw Error(Problem{.code = "store.009",
                      .message = what + " is '" + std::string(word) + "'",
                      .expected = "one of: " + join(words),
                      .suggestion = "Correct the plugin that reported it."});
}

}  // namespace

RunWriter::RunWriter(std::shared_ptr<Connection> connection, std::string run_id)
    : connection_(std::move(connection)),
      run_id_(std::move(run_id)),
      pending_(std::make_unique<Pending>()) {
  connection_->translated([&] {
    auto query = statement(connection_->database(),
                           "SELECT run_key, generation FROM run WHERE run_id = ?", run_id_);
    if (!query.executeStep()) {
      throw Error("store.005", connection_->path().string(), "there is no run " + run_id_);
    }
    run_key_ = query.getColumn(0).getInt64();
    generation_ = query.getColumn(1).getInt64() + 1;
  });
}

RunWriter::~RunWriter() {
  if (is_finished_) return;
  try {
    finish("interrupted", "the program ended before the run did", pending_->steps);
  } catch (const Error&) {
    // The run stays `running`; once this process is gone it is taken over like any other.
  }
}

void RunWriter::describe(const std::vector<PluginRow>& plugins,
                         const std::map<std::string, std::string>& environment) {
  connection_->immediate([&] {
    auto& database = connection_->database();
    require_owned(*connection_, run_key_, run_id_);
    execute(database, "DELETE FROM plugin WHERE run_key = ?", run_key_);
    execute(database, "DELETE FROM environment WHERE run_key = ?", run_key_);
    for (const auto& plugin : plugins) {
      execute(database, "INSERT OR REPLACE INTO plugin VALUES(?, ?, ?, ?, ?, ?)", run_key_,
              plugin.slot, plugin.name, plugin.file, plugin.source_hash, plugin.sha256);
    }
    for (const auto& [key, value] : environment) {
      execute(database, "INSERT INTO environment VALUES(?, ?, ?)", run_key_, key, value);
    }
  });
}

void RunWriter::warn(std::string_view code, std::string_view text) {
  pending_->events.push_back({.at = core::utc_now(),
                              .level = "warning",
                              .code = std::string(code),
                              .text = std::string(text)});
  added();
}

void RunWriter::curve(const core::CurvePoint& point) {
  pending_->curves.push_back({.step = point.step,
                              .task = std::string(point.task),
                              .metric = std::string(point.metric),
                              .split = std::string(point.split),
                              .value = point.value});
  added();
}

void RunWriter::final_metric(const core::FinalMetric& metric) {
  require_word(metric.direction, {"higher", "lower"}, "direction of " + std::string(metric.metric));
  pending_->metrics.push_back({.task = std::string(metric.task),
                               .metric = std::string(metric.metric),
                               .split = std::string(metric.split),
                               .variant = std::string(metric.variant),
                               .value = metric.value,
                               .unit = std::string(metric.unit),
                               .direction = std::string(metric.direction),
                               .is_main = metric.is_main});
  added();
}

void RunWriter::image_statistic(const core::ImageStatistic& statistic) {
  pending_->images.push_back({.task = std::string(statistic.task),
                              .image_id = std::string(statistic.image_id),
                              .statistic = std::string(statistic.statistic),
                              .value = statistic.value});
  added();
}

ProbeRow row_of(const core::ProbeValue& value) {
  return {.probe = std::string(value.probe),
          .part = std::string(value.part),
          .statistic = std::string(value.statistic),
          .value = value.value,
          .unit = std::string(value.unit),
          .validity = value.validity ? std::optional<std::string>(*value.validity) : std::nullopt,
          .reason = std::string(value.reason)};
}

void RunWriter::probe(const core::ProbeValue& value) {
  if (value.validity) {
    require_word(*value.validity, {"VALID", "INVALID"}, "validity of " + std::string(value.probe));
  }
  pending_->probes.push_back(row_of(value));
  added();
}

void RunWriter::picture(const core::Picture& picture) {
  pending_->pictures.push_back({.row = {.name = std::string(picture.name),
                                        .step = picture.step,
                                        .task = std::string(picture.task),
                                        .kind = std::string(picture.kind),
                                        .image_id = std::string(picture.image_id)},
                                .png = {picture.png.begin(), picture.png.end()}});
  pending_->bytes += picture.png.size();
  added();
}

void RunWriter::added() {
  const double now = core::steady_seconds();
  if (pending_->rows++ == 0) pending_->since = now;
  const bool is_due = pending_->rows >= kBatchRows || pending_->bytes >= kBatchBytes ||
                      now - pending_->since >= kBatchSeconds;
  if (is_due) flush();
}

void RunWriter::write_pending() {
  require_owned(*connection_, run_key_, run_id_);
  pending_->write(connection_->database(), run_key_, generation_);
}

void RunWriter::flush() {
  if (pending_->rows == 0) return;
  connection_->immediate([&] { write_pending(); });
  pending_->clear();
}

void RunWriter::checkpointed(std::int64_t step, std::string_view path) {
  connection_->immediate([&] {
    write_pending();
    execute(connection_->database(),
            "UPDATE run SET checkpoint_step = ?, checkpoint_path = ?, steps = ?, generation = ? "
            "WHERE run_key = ?",
            step, std::string(path), step, generation_, run_key_);
  });
  pending_->clear();
  pending_->steps = step;
  ++generation_;
}

void RunWriter::finish(std::string_view status, std::string_view reason, std::int64_t steps) {
  connection_->immediate([&] {
    write_pending();
    auto update =
        statement(connection_->database(),
                  "UPDATE run SET status = ?, reason = nullif(?, ''), steps = ?, finished_at = ? "
                  "WHERE run_key = ?",
                  std::string(status), std::string(reason), steps, core::utc_now(), run_key_);
    update.exec();
  });
  pending_->clear();
  is_finished_ = true;
}

}  // namespace triptych::store
