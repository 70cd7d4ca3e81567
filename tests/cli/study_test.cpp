// A whole study through the program: train, reuse, stop and go on, compare, report, predict; and
// what happens when something is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sqlite3.h>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include "program.h"

namespace fs = std::filesystem;

namespace triptych::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Study, TrainsEveryPointOnceAndReusesThem) {
  const Program program;
  const auto first = program.run({"run", Program::tiny(), "--json"});
  ASSERT_EQ(first.code, 0) << first.err;
  std::set<std::string> runs;
  const auto document = first.json();
  for (const auto& point : document["points"]) {
    EXPECT_EQ(point["status"], "done");
    runs.insert(point["run_id"]);
  }
  EXPECT_EQ(runs.size(), 8u);

  const auto second = program.run({"run", Program::tiny(), "--json"});
  EXPECT_EQ(second.code, 0);
  EXPECT_EQ(second.json(), first.json()) << "nothing is trained twice";
  EXPECT_EQ(program.run({"list", "runs", "--json"}).json().size(), 8u);
}

TEST(Study, ComparesWithBothKindsOfBaseline) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny()}).code, 0);
  const auto document = program.run({"compare", "tiny", "--json"}).json();
  EXPECT_EQ(document["protocol"], "squares/1");
  std::set<std::string> baselines;
  for (const auto& row : document["rows"]) {
    for (const char* key :
         {"label", "task", "metric", "unit", "direction", "role", "n", "mean", "sd", "baseline",
          "difference", "low", "high", "level", "test", "p", "verdict", "why"}) {
      ASSERT_TRUE(row.contains(key)) << key;
    }
    if (row["metric"] == "delta_m" && row["role"] == "variant") {
      baselines.insert(row["baseline"]);
      EXPECT_EQ(row["n"], 2);
      EXPECT_EQ(row["test"], "paired_t");
    }
  }
  EXPECT_EQ(baselines, (std::set<std::string>{"single_task", "multi_task"}));
}

TEST(Study, ExportsItsViewsAsCsv) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1"}).code, 0);
  const auto folder = program.folder() / "csv";
  const auto result = program.run({"export", "csv", "tiny", "--out", folder.string()});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto lines_of = [&folder](const char* view) {
    std::ifstream file(folder / (std::string(view) + ".csv"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  };
  EXPECT_EQ(lines_of("plan").front(), "point_id,role,label,seed,status,run_id");
  EXPECT_EQ(lines_of("plan").size(), 5u) << "a header and the four points of one seed";
  EXPECT_EQ(lines_of("v_run").size(), 5u);
  EXPECT_EQ(lines_of("v_metric_final").front(),
            "run_id,task,metric,split,variant,value,unit,direction");
  EXPECT_GT(lines_of("v_metric_final").size(), 5u);
  EXPECT_FALSE(fs::exists(folder / "v_metric_image.csv")) << "only with --images";
}

TEST(Study, ExportRefusesAnUnknownStudyAndWritesNothing) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1"}).code, 0);
  const auto folder = program.folder() / "csv";
  const auto result = program.run({"export", "csv", "tinny", "--out", folder.string()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("tiny"));
  EXPECT_FALSE(fs::exists(folder));
}

TEST(Study, OneSeedGivesNoTestAndSaysWhy) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1"}).code, 0);
  bool has_reason = false;
  const auto document = program.run({"compare", "tiny", "--json"}).json();
  for (const auto& row : document["rows"]) {
    if (row["role"] != "variant" || row["baseline"].is_null()) continue;
    EXPECT_TRUE(row["p"].is_null());
    has_reason = has_reason || !row["why"].get<std::string>().empty();
  }
  EXPECT_TRUE(has_reason);
}

TEST(Study, ReportIsOneFileWithoutRequests) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1"}).code, 0);
  const auto page = (program.folder() / "page.html").string();
  ASSERT_EQ(program.run({"report", "--study", "tiny", "-o", page}).code, 0);
  std::ifstream in(page);
  const std::string html{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(html, HasSubstr("triptych-data"));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(html, Not(HasSubstr(program.folder().string())));
}

TEST(Study, InterruptedRunGoesOnAndEndsWithTheSameBits) {
  const Program whole;
  const std::vector<std::string> words = {
      "run", Program::tiny(), "seeds.count=1", "recipe.steps=400", "--only", "label=tiny"};
  ASSERT_EQ(whole.run(words).code, 0);
  const auto expected = whole.run({"digest", "@latest", "--json"}).json();

  const Program stopped;
  const auto halted = stopped.run_and_signal(words, SIGINT, stopped.folder() / "results.runs");
  ASSERT_EQ(halted.code, 130) << halted.err;
  const auto runs = stopped.run({"list", "runs", "--json"}).json();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["status"], "interrupted");

  ASSERT_EQ(stopped.run(words).code, 0);
  const auto after = stopped.run({"list", "runs", "--json"}).json();
  ASSERT_EQ(after.size(), 1u) << "a resumed run keeps its id";
  EXPECT_EQ(after[0]["run_id"], runs[0]["run_id"]);
  const auto digest = stopped.run({"digest", "@latest", "--json"}).json();
  EXPECT_EQ(digest["tensors"], expected["tensors"]);
  EXPECT_EQ(digest["metrics"], expected["metrics"]);
}

TEST(Study, KilledRunIsTakenOverAndEndsWithTheSameBits) {
  const Program whole;
  const std::vector<std::string> words = {
      "run", Program::tiny(), "seeds.count=1", "recipe.steps=400", "--only", "label=tiny"};
  ASSERT_EQ(whole.run(words).code, 0);
  const auto expected = whole.run({"digest", "@latest", "--json"}).json();

  const Program killed;
  static_cast<void>(killed.run_and_signal(words, SIGKILL, killed.folder() / "results.runs"));
  ASSERT_EQ(killed.run(words).code, 0);
  ASSERT_EQ(killed.run({"list", "runs", "--json"}).json().size(), 1u);
  const auto digest = killed.run({"digest", "@latest", "--json"}).json();
  EXPECT_EQ(digest["tensors"], expected["tensors"]);
  EXPECT_EQ(digest["metrics"], expected["metrics"]);
}

TEST(Study, ARunOfAnotherHostIsTakenOverWhenAskedTo) {
  const Program program;
  const std::vector<std::string> words = {
      "run", Program::tiny(), "seeds.count=1", "recipe.steps=400", "--only", "label=tiny"};
  static_cast<void>(program.run_and_signal(words, SIGKILL, program.folder() / "results.runs"));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(program.database().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "UPDATE run SET host = 'elsewhere.example'", nullptr, nullptr,
                         nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  const auto run_id = program.run({"list", "runs", "--json"}).json()[0]["run_id"];

  ASSERT_EQ(program.run(words).code, 0);
  EXPECT_EQ(program.run({"list", "runs", "--json"}).json()[0]["status"], "running");
  EXPECT_THAT(program.run({"status", "tiny"}).out, HasSubstr("elsewhere.example"));

  auto taking = words;
  taking.insert(taking.end(), {"--take-over", run_id});
  const auto result = program.run(taking);
  ASSERT_EQ(result.code, 0) << result.err;
  const auto runs = program.run({"list", "runs", "--json"}).json();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["run_id"], run_id);
  EXPECT_EQ(runs[0]["status"], "done");
  EXPECT_EQ(program.run(taking).code, 2) << "a run that is done is not taken over";
}

// The one cell of a text query.
std::string cell(const Program& program, const char* query) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(program.database().c_str(), &database), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database, query, -1, &statement, nullptr), SQLITE_OK) << query;
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW) << query;
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  const std::string found = text == nullptr ? "" : text;
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return found;
}

constexpr const char* kLatencyRows =
    "SELECT group_concat(statistic || '=' || coalesce(value, reason)) FROM v_probe WHERE probe = "
    "'latency'";

TEST(Study, AProbeAddedLaterIsMeasuredOnTheStoredWeights) {
  const Program program;
  const std::vector<std::string> before = {"run", Program::tiny(), "seeds.count=1", "baselines=[]",
                                           "recipe.steps=4"};
  ASSERT_EQ(program.run(before).code, 0);
  EXPECT_EQ(cell(program, kLatencyRows), "");
  const auto digest = program.run({"digest", "@latest", "--json"}).json();

  auto words = before;
  words.push_back("probes=[latency]");
  const auto result = program.run(words);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("tiny, seed 1: was done before; latency is measured now"));
  const auto rows = cell(program, kLatencyRows);
  for (const char* statistic : {"mean_ms=", "p50_ms=", "p90_ms=", "p99_ms=", "samples="}) {
    EXPECT_THAT(rows, HasSubstr(statistic));
  }
  EXPECT_EQ(cell(program, "SELECT group_concat(level || ' ' || code) FROM event"),
            "note usage.022");
  EXPECT_EQ(program.run({"digest", "@latest", "--json"}).json(), digest);

  EXPECT_THAT(program.run(words).err, Not(HasSubstr("measured")));
  EXPECT_EQ(cell(program, kLatencyRows), rows) << "measured once";
}

TEST(Study, AProbeThatCannotBeAddedIsAWarning) {
  const Program program;
  std::vector<std::string> words = {
      "run", Program::tiny(), "seeds.count=1", "baselines=[]", "recipe.steps=4", "--device", "cpu"};
  ASSERT_EQ(program.run(words).code, 0);
  words.push_back("probes=[latency]");
  cell(program, "UPDATE run SET device = 'cuda:0 Another GPU' RETURNING 1");
  const auto elsewhere = program.run(words);
  EXPECT_EQ(elsewhere.code, 0);
  EXPECT_THAT(elsewhere.err, HasSubstr("tiny, seed 1: was done before, and latency cannot"));
  EXPECT_THAT(elsewhere.err, HasSubstr("[usage.021]"));
  EXPECT_THAT(elsewhere.err, HasSubstr("it ran on cuda:0 Another GPU, this is cpu"));

  cell(program, "UPDATE run SET device = 'cpu' RETURNING 1");
  fs::remove_all(program.folder() / "results.runs");
  const auto gone = program.run(words);
  EXPECT_EQ(gone.code, 0);
  EXPECT_THAT(gone.err, HasSubstr("[usage.021]"));
  EXPECT_THAT(gone.err, HasSubstr("weights.safetensors"));
  EXPECT_EQ(cell(program, kLatencyRows), "");
}

TEST(Study, EverythingThatARunRecordsIsDescribed) {
  const Program program;
  ASSERT_EQ(program
                .run({"run", Program::tiny(), "seeds.count=1", "baselines=[]", "recipe.steps=4",
                      "recipe.threads=2", "probes=[latency]"})
                .code,
            0);
  EXPECT_EQ(cell(program, "SELECT value FROM v_environment WHERE key = 'threads'"), "2");
  std::ifstream file(TRIPTYCH_SOURCE_DIR "/results/README.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto section = [&page](const std::string& title) {
    const auto begin = page.find("### `" + title + "`\n");
    return page.substr(begin, page.find("\n### ", begin) - begin);
  };
  const auto expect_described = [&](const std::string& view, const char* query) {
    std::istringstream words(cell(program, query));
    int count = 0;
    for (std::string word; std::getline(words, word, ','); ++count) {
      EXPECT_THAT(section(view), HasSubstr("`" + word + "`"));
    }
    EXPECT_GT(count, 1);
  };
  expect_described("v_environment", "SELECT group_concat(key) FROM v_environment");
  expect_described("v_probe", "SELECT group_concat(DISTINCT probe) FROM v_probe");
  expect_described("v_probe", "SELECT group_concat(DISTINCT statistic) FROM v_probe");
}

TEST(Study, JobsGiveTheSameBitsAsOneProcess) {
  const Program one;
  const Program two;
  ASSERT_EQ(one.run({"run", Program::tiny()}).code, 0);
  ASSERT_EQ(two.run({"run", Program::tiny(), "--jobs", "2"}).code, 0);
  const auto digests = [](const Program& program) {
    std::map<std::string, nlohmann::json> digests;
    for (const auto& run : program.run({"list", "runs", "--json"}).json()) {
      auto digest = program.run({"digest", run["run_id"], "--json"}).json();
      digest.erase("run_id");
      digests[run["point_id"]] = digest;
    }
    return digests;
  };
  EXPECT_EQ(digests(one), digests(two));
}

TEST(Study, FailedRunIsStoredAndTheStudyGoesOn) {
  const Program program;
  // A head that throws: the variant and its baselines fail one by one, with the reason.
  const auto result = program.run({"run", Program::tiny(), "seeds.count=1",
                                   "recipe.optimizer.lr=1e30", "recipe.clip_norm=null", "--json"});
  EXPECT_THAT((std::set<int>{1, 4}), testing::Contains(result.code)) << result.err;
  for (const auto& run : program.run({"list", "runs", "--json"}).json()) {
    if (run["status"] != "failed") continue;
    EXPECT_THAT(run["reason"].get<std::string>(), HasSubstr("step"));
  }
  const auto again = program.run({"run", Program::tiny(), "seeds.count=1",
                                  "recipe.optimizer.lr=1e30", "recipe.clip_norm=null"});
  EXPECT_EQ(again.code, result.code) << "failed points are left alone without --retry";
}

TEST(Study, APointThatFailsLeavesTheOthersDone) {
  const Program program;
  const auto study =
      program.run({"run", Program::tiny(), "seeds.count=1", "baselines=[]", "--json",
                   "matrix={head: [{label: broken, slots.head: {use: faulty}}, {label: sound}]}"});
  EXPECT_EQ(study.code, 4) << study.err;
  const auto points = study.json()["points"];
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0]["label"], "broken");
  EXPECT_EQ(points[0]["status"], "failed");
  EXPECT_THAT(points[0]["reason"].get<std::string>(), HasSubstr("this head gave up"));
  EXPECT_EQ(points[1]["status"], "done");

  // The sound cell is what the manifest is without a matrix; the broken one is no part of that.
  const auto other_plan = program.run({"run", Program::tiny(), "seeds.count=1", "baselines=[]",
                                       "--take-over", points[0]["run_id"]});
  EXPECT_EQ(other_plan.code, 2);
  EXPECT_THAT(other_plan.err, HasSubstr("[usage.019]"));
  const auto digest = program.run({"digest", points[0]["run_id"]});
  EXPECT_EQ(digest.code, 2);
  EXPECT_THAT(digest.err, HasSubstr("[usage.014]"));
}

TEST(Study, StartsFromTheWeightsOfARun) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1", "--only", "label=tiny"}).code, 0);
  const auto run_id = program.run({"list", "runs", "--json"}).json()[0]["run_id"];
  const auto plan_from = [&](const std::string& run) {
    return program.run({"plan", Program::tiny(), "seeds.count=1", "name=next",
                        "recipe.init_from=" + run, "--json"});
  };
  const auto id = plan_from("@latest").json()["points"][0]["point_id"];
  EXPECT_EQ(plan_from(run_id).json()["points"][0]["point_id"], id);

  // The copies of --jobs work on what their parent planned, whatever @latest is by then.
  const auto result = program.run({"run", Program::tiny(), "name=next", "recipe.init_from=@latest",
                                   "--only", "label=next", "--jobs", "2", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.json()["points"].size(), 2u);
  EXPECT_EQ(result.json()["points"][0]["point_id"], id);
  EXPECT_EQ(program.run({"list", "runs", "--json"}).json().size(), 3u);
  EXPECT_NE(plan_from("@latest").json()["points"][0]["point_id"], id);

  const auto missing = plan_from("nothing");
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("[manifest.127]"));
}

TEST(Study, PredictsAPictureWithARun) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1", "--only", "label=tiny"}).code, 0);
  const auto out = program.folder() / "predictions";
  const auto result =
      program.run({"predict", "@latest", "--image", TRIPTYCH_SOURCE_DIR "/tests/cli/photo.png",
                   "--out", out.string()});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(fs::exists(out / "photo.semseg.png"));
  EXPECT_TRUE(fs::exists(out / "photo.depth.png"));
}

TEST(Study, RunWithoutItsWeightsIsNamed) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1", "--only", "label=tiny"}).code, 0);
  const auto run_id = program.run({"list", "runs", "--json"}).json()[0]["run_id"];
  const auto weights = program.folder() / "results.runs" / run_id / "weights.safetensors";
  ASSERT_TRUE(fs::remove(weights));
  const auto result =
      program.run({"predict", run_id, "--image", TRIPTYCH_SOURCE_DIR "/tests/cli/photo.png",
                   "--out", program.folder().string()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("[usage.012]; The run must be done"));
  EXPECT_THAT(result.err, HasSubstr(weights.string()));
}

TEST(Study, UnreadablePictureIsNamed) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1", "--only", "label=tiny"}).code, 0);
  const auto broken = program.folder() / "broken.png";
  std::ofstream(broken) << "no picture";
  const auto result = program.run(
      {"predict", "@latest", "--image", broken.string(), "--out", program.folder().string()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("broken.png"));
}

TEST(Study, NothingIsPredictedWhereOnePictureOfAFolderIsUnreadable) {
  const Program program;
  ASSERT_EQ(program.run({"run", Program::tiny(), "seeds.count=1", "--only", "label=tiny"}).code, 0);
  const auto pictures = program.folder() / "pictures";
  const auto out = program.folder() / "predictions";
  fs::create_directory(pictures);
  fs::copy_file(TRIPTYCH_SOURCE_DIR "/tests/cli/photo.png", pictures / "a.png");
  fs::copy_file(TRIPTYCH_SOURCE_DIR "/tests/cli/photo.png", pictures / "a.bmp");  // of one stem
  std::ofstream(pictures / "bad.png") << "no picture";
  std::ofstream(pictures / "worse.png") << "no picture either";
  const auto result =
      program.run({"predict", "@latest", "--image", pictures.string(), "--out", out.string()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("/bad.png"), HasSubstr("/worse.png"), HasSubstr("[train.064]")));
  EXPECT_EQ(result.out, "");
  EXPECT_FALSE(fs::exists(out));
}

TEST(Database, OneThatIsNotOursIsLeftAlone) {
  const Program program;
  std::ofstream(program.database()) << "these are somebody's notes";
  const auto result = program.run({"run", Program::tiny()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("results.db"));
  std::ifstream in(program.database());
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(content, "these are somebody's notes");
}

TEST(Database, UnwritablePlaceIsNamed) {
  const Program program;
  std::ofstream(program.folder() / "file") << "x";
  const auto place = (program.folder() / "file" / "results.db").string();
  const auto result = program.run({"run", Program::tiny(), "--db", place});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr(place));
}

TEST(Data, MissingRootStopsRunButNotCheck) {
  const Program program;
  const std::string camvid = TRIPTYCH_SOURCE_DIR "/experiments/quickstart/camvid.json";
  EXPECT_EQ(program.run({"run", camvid, "data.root=/nowhere"}).code, 2);
  EXPECT_EQ(program.run({"check", camvid}).code, 0);
}

}  // namespace
}  // namespace triptych::cli
