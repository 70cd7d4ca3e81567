#include "pending.h"

#include <cmath>
#include <string>

namespace triptych::store {
namespace {

// One prepared statement for many rows.
class Insert {
 public:
  Insert(SQLite::Database& database, const std::string& sql) : statement_(database, sql) {}

  template <typename... Values>
  void row(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    statement_.exec();
    statement_.reset();
  }

 private:
  template <typename Value>
  void bind(int index, const Value& value) {
    statement_.bind(index, value);
  }
  void bind(int index, const std::string& value) { statement_.bindNoCopy(index, value); }
  void bind(int index, double value) {  // SQLite has no NaN: it is NULL
    if (std::isnan(value)) {
      statement_.bind(index);
    } else {
      statement_.bind(index, value);
    }
  }
  void bind(int index, const std::vector<std::uint8_t>& bytes) {
    // A null pointer would bind NULL, and an empty vector may have one.
    statement_.bindNoCopy(index, bytes.empty() ? static_cast<const void*>("") : bytes.data(),
                          static_cast<int>(bytes.size()));
  }

  SQLite::Statement statement_;
};

}  // namespace

void RunWriter::Pending::write(SQLite::Database& database, std::int64_t run_key,
                               std::int64_t generation) const {
  if (!curves.empty()) {
    Insert insert(database, "INSERT OR REPLACE INTO curve VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (const auto& row : curves) {
      insert.row(run_key, row.task, row.metric, row.split, row.step, row.value, generation);
    }
  }
  if (!metrics.empty()) {
    Insert insert(database,
                  "INSERT OR REPLACE INTO metric_final VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& row : metrics) {
      insert.row(run_key, row.task, row.metric, row.split, row.variant, row.value, row.unit,
                 row.direction, row.is_main ? 1 : 0, generation);
    }
  }
  if (!images.empty()) {
    Insert insert(database, "INSERT OR REPLACE INTO metric_image VALUES(?, ?, ?, ?, ?, ?)");
    for (const auto& row : images) {
      insert.row(run_key, row.task, row.image_id, row.statistic, row.value, generation);
    }
  }
  if (!probes.empty()) {
    Insert insert(database,
                  "INSERT OR REPLACE INTO probe VALUES(?, ?, ?, ?, ?, ?, nullif(?, ''), "
                  "nullif(?, ''), ?)");
    for (const auto& row : probes) {
      const double value = row.value.value_or(std::nan(""));
      const std::string validity = row.validity.value_or("");
      insert.row(run_key, row.probe, row.part, row.statistic, value, row.unit, validity, row.reason,
                 generation);
    }
  }
  if (!pictures.empty()) {
    Insert insert(database,
                  "INSERT OR REPLACE INTO picture(run_key, name, step, task, kind, image_id, png, "
                  "generation) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& [row, png] : pictures) {
      insert.row(run_key, row.name, row.step, row.task, row.kind, row.image_id, png, generation);
    }
  }
  if (!events.empty()) {
    Insert insert(database,
                  "INSERT INTO event(run_key, at, level, code, text, generation) "
                  "VALUES(?, ?, ?, ?, ?, ?)");
    for (const auto& row : events) {
      insert.row(run_key, row.at, row.level, row.code, row.text, generation);
    }
  }
}

void RunWriter::Pending::clear() {
  const auto steps_so_far = steps;
  *this = Pending{};
  steps = steps_so_far;
}

}  // namespace triptych::store
