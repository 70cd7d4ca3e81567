// The quickstart study, shortened: the embedded data set, every plugin of the manifest, a latency
// for every point, pictures, the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <map>

#include "program.h"

namespace triptych::cli {
namespace {

std::vector<std::string> first_column(const std::string& database, const std::string& query) {
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open_v2(database.c_str(), &connection, SQLITE_OPEN_READONLY, nullptr),
            SQLITE_OK);
  std::vector<std::string> rows;
  sqlite3_exec(
      connection, query.c_str(),
      [](void* out, int, char** values, char**) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(values[0] == nullptr ? ""
                                                                                       : values[0]);
        return 0;
      },
      &rows, nullptr);
  sqlite3_close(connection);
  return rows;
}

TEST(Quickstart, ShortenedStudyRunsToItsPage) {
  const Program program;
  const std::string manifest = TRIPTYCH_SOURCE_DIR "/experiments/quickstart/streets.json";
  const auto result = program.run({"run", manifest, "seeds.count=1", "recipe.steps=12", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto document = result.json();
  std::map<std::string, int> roles;
  for (const auto& point : document["points"]) ++roles[point["role"]];
  EXPECT_EQ(roles,
            (std::map<std::string, int>{{"multi_task", 1}, {"single_task", 2}, {"variant", 1}}));

  const auto database = program.database();
  EXPECT_EQ(first_column(database,
                         "SELECT run_id FROM v_probe WHERE probe = 'latency' AND part = "
                         "'total' AND statistic = 'p50_ms' AND value > 0")
                .size(),
            4u);
  EXPECT_EQ(first_column(database,
                         "SELECT value FROM v_metric_final WHERE metric = 'mIoU' AND split "
                         "= 'test' AND value BETWEEN 0 AND 1")
                .size(),
            3u);
  EXPECT_GE(first_column(database, "SELECT DISTINCT name FROM v_plugin").size(), 8u);
  EXPECT_EQ(
      first_column(database, "SELECT DISTINCT image_id FROM v_metric_image WHERE task = 'semseg'")
          .size(),
      200u);

  const auto page = (program.folder() / "page.html").string();
  ASSERT_EQ(program.run({"report", "--study", "streets", "-o", page}).code, 0);
  EXPECT_GT(std::filesystem::file_size(page), 100'000u) << "the page holds the prediction pictures";
}

}  // namespace
}  // namespace triptych::cli
