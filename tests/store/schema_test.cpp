#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "fixture.h"

namespace triptych::store {
namespace {

class Schema : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    (void)Store::open(database(), Mode::read_write);
    raw_ = std::make_unique<SQLite::Database>(database().string(), SQLite::OPEN_READONLY);
  }
  std::vector<std::string> columns_of(const std::string& table) {
    SQLite::Statement query(*raw_, "SELECT name FROM pragma_table_info('" + table + "')");
    std::vector<std::string> columns;
    while (query.executeStep()) columns.push_back(query.getColumn(0));
    return columns;
  }
  std::vector<std::string> names_of(const std::string& type) {
    SQLite::Statement query(
        *raw_, "SELECT name FROM sqlite_schema WHERE type = '" + type + "' ORDER BY name");
    std::vector<std::string> names;
    while (query.executeStep()) names.push_back(query.getColumn(0));
    return names;
  }
  std::unique_ptr<SQLite::Database> raw_;
};

// The columns that scripts rely on, in order.
const std::map<std::string, std::vector<std::string>> kViews = {
    {"v_run",
     {"run_id", "point_id", "study", "label", "role", "seed", "status", "reason", "device",
      "protocol", "started_at", "finished_at", "steps"}},
    {"v_metric_final",
     {"run_id", "task", "metric", "split", "variant", "value", "unit", "direction"}},
    {"v_metric_curve", {"run_id", "step", "task", "metric", "split", "value"}},
    {"v_metric_image", {"run_id", "task", "image_id", "statistic", "value"}},
    {"v_probe", {"run_id", "probe", "part", "statistic", "value", "unit", "validity", "reason"}},
    {"v_plugin", {"run_id", "slot", "name", "file", "source_hash", "sha256"}},
    {"v_environment", {"run_id", "key", "value"}},
};

TEST_F(Schema, ViewsHaveExactlyThePromisedColumns) {
  for (const auto& [view, columns] : kViews) EXPECT_EQ(columns_of(view), columns) << view;
  EXPECT_EQ(names_of("view").size(), kViews.size());
}

TEST_F(Schema, TablesAreStrict) {
  SQLite::Statement query(
      *raw_,
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND "
      "strict = 0 AND name NOT LIKE 'sqlite%'");
  while (query.executeStep()) ADD_FAILURE() << query.getColumn(0).getString() << " is not STRICT";
}

TEST_F(Schema, HasTheSettingsThatLoseNothing) {
  EXPECT_EQ(raw_->execAndGet("PRAGMA application_id").getInt(), 0x54726970);
  EXPECT_EQ(raw_->execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_EQ(raw_->execAndGet("PRAGMA journal_mode").getString(), "wal");
}

// results/README.md has a section "### name" per table and view, and in it one row
// "| `column` | ..." per column, in order.
TEST_F(Schema, IsDescribedColumnByColumn) {
  std::map<std::string, std::vector<std::string>> described;
  std::ifstream file(std::string(TRIPTYCH_SOURCE_DIR) + "/results/README.md");
  ASSERT_TRUE(file) << "results/README.md is missing";
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("### `")) section = line.substr(5, line.find('`', 5) - 5);
    if (line.starts_with("#") && !line.starts_with("### `")) section.clear();
    if (section.empty() || !line.starts_with("| `")) continue;
    described[section].push_back(line.substr(3, line.find('`', 3) - 3));
  }
  auto names = names_of("table");
  for (const auto& view : names_of("view")) names.push_back(view);
  for (const auto& name : names) {
    if (name.starts_with("sqlite_")) continue;
    EXPECT_EQ(described[name], columns_of(name)) << name;
  }
  EXPECT_EQ(described.size(), names.size());
}

}  // namespace
}  // namespace triptych::store
