// A trained run, scored again from what it stored.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>

#include "program.h"

namespace triptych::cli {
namespace {

// "semseg/mIoU" -> value, from v_metric_final.
std::map<std::string, double> final_metrics(const std::string& database, const std::string& run) {
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open_v2(database.c_str(), &connection, SQLITE_OPEN_READONLY, nullptr),
            SQLITE_OK);
  sqlite3_stmt* query = nullptr;
  sqlite3_prepare_v2(connection, "SELECT task, metric, value FROM v_metric_final WHERE run_id = ?",
                     -1, &query, nullptr);
  sqlite3_bind_text(query, 1, run.c_str(), -1, SQLITE_STATIC);
  std::map<std::string, double> values;
  while (sqlite3_step(query) == SQLITE_ROW) {
    const auto text = [&](int column) {
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(query, column)));
    };
    values[text(0) + "/" + text(1)] = sqlite3_column_double(query, 2);
  }
  sqlite3_finalize(query);
  sqlite3_close(connection);
  return values;
}

TEST(Rescore, GivesTheFinalMetricsOfEveryTrainedRunBitForBit) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1"}).code, 0);
  int compared = 0;
  for (const auto& run : program.run({"list", "runs", "--json"}).json()) {
    const std::string id = run["run_id"];
    const auto result = program.run({"evaluate", id, "--json"});
    ASSERT_EQ(result.code, 0) << result.err;
    std::map<std::string, nlohmann::json> tasks;
    const auto document = result.json();
    for (const auto& task : document["results"]) tasks[task["task"]] = task;
    for (const auto& [name, value] : final_metrics(program.database(), id)) {
      const auto slash = name.find('/');
      const auto& task = tasks.at(name.substr(0, slash));
      EXPECT_EQ(task[name.substr(slash + 1)].get<double>(), value) << name;
      EXPECT_EQ(task["images"], 7) << "of the protocol's test split";
      ++compared;
    }
  }
  EXPECT_EQ(compared, 30);  // semseg 2 and depth 8 metrics, each in three of the four runs
}

TEST(Rescore, OtherVariantsAndRefusalsWorkFromTheProgram) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1"}).code, 0);
  const auto batches = program.run(
      {"evaluate", "@best:rmse", "--task", "depth", "--variant", "batch_mean(2)", "--json"});
  ASSERT_EQ(batches.code, 0) << batches.err;
  EXPECT_TRUE(batches.json()["results"][0]["abs_err"].is_number());
  const auto range = program.run({"evaluate", "@best:rmse", "--max", "5"});
  EXPECT_EQ(range.code, 2);
  EXPECT_NE(range.err.find("evaluate.011"), std::string::npos) << range.err;
}

}  // namespace
}  // namespace triptych::cli
