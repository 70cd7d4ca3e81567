#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include <triptych/error.h>
#include <triptych/report/compare.h>

#include "../../store/fixture.h"

namespace triptych::report {
namespace {

using store::Mode;
using store::Store;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A study written by hand. Values of seeds 1, 2, 3:
//            semseg mIoU           depth rmse [m]
//   single   0.50  0.52  0.54      4.0  5.0  4.0
//   prompts  0.55  0.546 0.594     3.6  5.0  4.4
// Gains of prompts: semseg +10 %, +5 %, +10 %; depth (lower is better) +10 %, 0 %, -10 %.
// Delta_m: 10, 2.5, 0.
class CompareTest : public store::InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    store_ = std::make_unique<Store>(Store::open(database(), Mode::read_write));
  }

  void add_point(const std::string& label, const std::string& role, int seed,
                 const std::string& manifest = R"({"slots": {"prompt": [{}], "fusion": []}})",
                 std::vector<store::BaselineUse> serves_as = {}) {
    plan_.points.push_back({.point_id = label + role + std::to_string(plan_.points.size()),
                            .role = role,
                            .label = label,
                            .seed = seed,
                            .manifest = manifest,
                            .serves_as = std::move(serves_as)});
  }

  using Values = std::vector<std::pair<std::string, double>>;
  void run_next(const Values& values, const std::string& status = "done") {
    const auto claim = store_->claim_next(plan_.study);
    ASSERT_TRUE(claim);
    const auto writer = store_->writer(*claim);
    for (const auto& [task, value] : values) {
      const bool is_depth = task == "depth";
      writer->final_metric({.task = task,
                            .metric = is_depth ? "rmse" : "mIoU",
                            .split = "test",
                            .variant = "",
                            .value = value,
                            .unit = is_depth ? "m" : "",
                            .direction = is_depth ? "lower" : "higher",
                            .is_main = true});
      writer->final_metric({.task = task,
                            .metric = "extra",
                            .split = "val",
                            .variant = "",
                            .value = 1,
                            .unit = "",
                            .direction = "higher"});
    }
    writer->finish(status, status == "done" ? "" : "the loss is NaN", 1);
  }

  void make_study(const std::vector<std::string>& baseline_of = {}) {
    const double semseg[] = {0.50, 0.52, 0.54}, semseg_prompts[] = {0.55, 0.546, 0.594};
    const double depth[] = {4.0, 5.0, 4.0}, depth_prompts[] = {3.6, 5.0, 4.4};
    const std::string prompts = R"({"slots": {"prompt": [{}], "fusion": []}})";
    std::vector<store::BaselineUse> uses;
    if (!baseline_of.empty()) uses.push_back({"single_task", "single task", baseline_of});
    for (int seed = 1; seed <= 3; ++seed) {
      add_point("prompts", "variant", seed);
      add_point("single-task semseg", "single_task", seed, prompts, uses);
      add_point("single-task depth", "single_task", seed, prompts, uses);
    }
    store_->freeze(plan_);
    for (int i = 0; i < 3; ++i) {
      run_next({{"semseg", semseg_prompts[i]}, {"depth", depth_prompts[i]}});
      run_next({{"semseg", semseg[i]}});
      run_next({{"depth", depth[i]}});
    }
  }

  static CompareRow row_of(const Comparison& comparison, const std::string& label,
                           const std::string& metric, const std::string& baseline) {
    for (const auto& row : comparison.rows) {
      if (row.label == label && row.metric == metric && row.baseline == baseline) return row;
    }
    throw std::runtime_error("no row " + label + " " + metric + " " + baseline);
  }

  store::Plan plan_{.study = "demo", .protocol = "p/1", .manifest = "{}", .points = {}};
  std::unique_ptr<Store> store_;
};

TEST_F(CompareTest, GivesMeanSpreadAndPairedDifference) {
  make_study();
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_EQ(comparison.protocol, "p/1");
  const auto row = row_of(comparison, "prompts", "rmse", "single_task");
  EXPECT_EQ(row.n, 3);
  EXPECT_EQ(row.unit, "m");
  EXPECT_EQ(row.direction, "lower");
  EXPECT_NEAR(*row.mean, 13.0 / 3, 1e-12);
  // Differences -0.4, 0, 0.4: mean 0.
  EXPECT_NEAR(*row.difference, 0, 1e-12);
  EXPECT_EQ(row.verdict, "cannot_tell");
}

TEST_F(CompareTest, ComputesDeltaMPerSeedAndTestsItAgainstZero) {
  make_study();
  const auto row = row_of(compare(*store_, {"demo"}), "prompts", "delta_m", "single_task");
  EXPECT_EQ(row.task, "all");
  EXPECT_EQ(row.unit, "%");
  EXPECT_EQ(row.direction, "higher");
  EXPECT_EQ(row.n, 3);
  EXPECT_NEAR(*row.mean, 12.5 / 3, 1e-9);
  EXPECT_NEAR(*row.difference, 12.5 / 3, 1e-9);
  // 10, 2.5, 0: sd = sqrt(54.1667 / 2) = 5.2042; t = 4.1667 / (5.2042 / sqrt 3) = 1.38675;
  // two degrees of freedom: p = 1 - t / sqrt(t^2 + 2) = 0.29986; half width 4.302653 * 3.00463.
  EXPECT_NEAR(*row.sd, 5.2041649987, 1e-9);
  EXPECT_NEAR(*row.p, 0.29986, 1e-5);
  EXPECT_NEAR(*row.low, 12.5 / 3 - 12.92788, 1e-4);
  EXPECT_EQ(row.test, "paired_t");
}

TEST_F(CompareTest, ShowsBaselinesAsRowsOfTheirOwn) {
  make_study();
  const auto row = row_of(compare(*store_, {"demo"}), "single-task semseg", "mIoU", "");
  EXPECT_EQ(row.role, "single_task");
  EXPECT_NEAR(*row.mean, 0.52, 1e-12);
  EXPECT_EQ(row.difference, std::nullopt);
  EXPECT_EQ(row.why, "is a baseline");
}

TEST_F(CompareTest, UsesABaselineOnlyForTheLabelsItNames) {
  make_study({"another label"});
  const auto row = row_of(compare(*store_, {"demo"}), "prompts", "mIoU", "");
  EXPECT_EQ(row.difference, std::nullopt);
  EXPECT_EQ(row.why, "no baseline to compare with");
}

TEST_F(CompareTest, TakesTestValuesBeforeValidation) {
  make_study();
  for (const auto& row : compare(*store_, {"demo"}).rows) EXPECT_NE(row.n, 0);
  EXPECT_EQ(row_of(compare(*store_, {"demo"}), "prompts", "extra", "single_task").is_main, false);
}

TEST_F(CompareTest, WithOneSeedHasNoTestAndSaysWhy) {
  add_point("prompts", "variant", 1);
  add_point("st", "single_task", 1);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  run_next({{"semseg", 0.5}});
  const auto comparison = compare(*store_, {"demo"});
  const auto row = row_of(comparison, "prompts", "mIoU", "single_task");
  EXPECT_NEAR(*row.difference, 0.1, 1e-12);
  EXPECT_EQ(row.p, std::nullopt);
  EXPECT_EQ(row.sd, std::nullopt);
  EXPECT_EQ(row.verdict, "cannot_tell");
  EXPECT_THAT(row.why, HasSubstr("at least two"));
  const auto json = nlohmann::json::parse(to_json(comparison));
  EXPECT_TRUE(json["rows"][0]["p"].is_null());
  EXPECT_NEAR(*row_of(comparison, "prompts", "delta_m", "single_task").mean, 20, 1e-9);
}

TEST_F(CompareTest, PairsOnlyCommonSeeds) {
  for (int seed = 1; seed <= 3; ++seed) add_point("prompts", "variant", seed);
  for (int seed = 2; seed <= 4; ++seed) add_point("st", "single_task", seed);
  store_->freeze(plan_);
  for (const double value : {0.9, 0.6, 0.62}) run_next({{"semseg", value}});
  for (const double value : {0.5, 0.5, 0.1}) run_next({{"semseg", value}});
  const auto row = row_of(compare(*store_, {"demo"}), "prompts", "mIoU", "single_task");
  EXPECT_EQ(row.n, 3);
  EXPECT_NEAR(*row.difference, 0.11, 1e-12);  // (0.6 - 0.5 + 0.62 - 0.5) / 2
}

TEST_F(CompareTest, NeverAveragesDeltaMOverFewerTasks) {
  add_point("prompts", "variant", 1);
  add_point("st", "single_task", 1);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}, {"depth", 4}});
  run_next({{"semseg", 0.5}});
  const auto row = row_of(compare(*store_, {"demo"}), "prompts", "delta_m", "single_task");
  EXPECT_EQ(row.mean, std::nullopt);
  EXPECT_THAT(row.why, HasSubstr("no baseline value of depth"));
}

TEST_F(CompareTest, HasNoDeltaMForAnUndefinedValueOrAZeroBaseline) {
  add_point("a", "variant", 1);
  add_point("st", "single_task", 1);
  add_point("a", "variant", 2);
  add_point("st", "single_task", 2);
  store_->freeze(plan_);
  run_next({{"semseg", std::nan("")}});
  run_next({{"semseg", 0.5}});
  run_next({{"semseg", 0.5}});
  run_next({{"semseg", 0}});
  const auto comparison = compare(*store_, {"demo"});
  const auto row = row_of(comparison, "a", "delta_m", "single_task");
  EXPECT_EQ(row.n, 0);
  EXPECT_THAT(row.why, HasSubstr("no main metric value"));
  EXPECT_EQ(row_of(comparison, "a", "mIoU", "single_task").n, 1);
}

TEST_F(CompareTest, ComparesWithMultiTaskBaselinesToo) {
  add_point("prompts", "variant", 1);
  add_point("hard sharing", "multi_task", 1);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  run_next({{"semseg", 0.5}});
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_NEAR(*row_of(comparison, "prompts", "delta_m", "multi_task").mean, 20, 1e-9);
  EXPECT_EQ(row_of(comparison, "hard sharing", "mIoU", "").role, "multi_task");
  EXPECT_THROW(row_of(compare(*store_, {"demo"},
                              {.baseline = "single_task", .by = "", .epsilon = std::nullopt}),
                      "prompts", "mIoU", "multi_task"),
               std::runtime_error);
}

TEST_F(CompareTest, GivesAMultiTaskBaselineTheSingleTaskModelsOfItsBackbone) {
  const auto with = [](const std::string& encoder, const std::string& prompt) {
    return R"({"slots": {"encoder": {"use": ")" + encoder + R"("}, "prompt": [)" + prompt +
           R"(], "fusion": []}})";
  };
  add_point("prompts", "variant", 1, with("swin", "{}"));
  add_point("plain", "single_task", 1, with("swin", ""),
            {{"single_task", "single task, plain", {"prompts"}}});
  add_point("hard sharing", "multi_task", 1, with("swin", ""));
  add_point("other encoder", "multi_task", 1, with("pyramid", ""));
  store_->freeze(plan_);
  for (const double value : {0.6, 0.4, 0.5, 0.5}) run_next({{"semseg", value}});
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_NEAR(*row_of(comparison, "hard sharing", "delta_m", "single_task").mean, 25, 1e-9);
  EXPECT_EQ(row_of(comparison, "other encoder", "mIoU", "").difference, std::nullopt);
}

TEST_F(CompareTest, TellsPlainFromSameSlotsBaselines) {
  add_point("prompts", "variant", 1);
  add_point("st", "single_task", 1);
  add_point("plain", "single_task", 1, R"({"slots": {"prompt": [], "fusion": []}})");
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  run_next({{"semseg", 0.5}});
  run_next({{"semseg", 0.4}});
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_NEAR(*row_of(comparison, "prompts", "delta_m", "single_task").mean, 20, 1e-9);
  EXPECT_NEAR(*row_of(comparison, "prompts", "delta_m", "single_task: plain").mean, 50, 1e-9);
}

// 0.6 against 0.5 of the same rate and 0.4 of the tuned one: +20 % and +50 %.
TEST_F(CompareTest, TellsSingleTaskBaselinesApartByTheirLabels) {
  const std::string manifest = R"({"slots": {"prompt": [], "fusion": []}})";
  add_point("a", "variant", 1, manifest);
  add_point("b", "variant", 1, manifest);
  add_point("single task: a", "single_task", 1, manifest, {{"single_task", "single task", {"a"}}});
  // What "single task" is for b is what "tuned" is for both.
  add_point("tuned", "single_task", 1, manifest,
            {{"single_task", "tuned", {"a", "b"}}, {"single_task", "single task", {"b"}}});
  store_->freeze(plan_);
  for (const double value : {0.6, 0.6, 0.5, 0.4}) run_next({{"semseg", value}});
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_NEAR(*row_of(comparison, "a", "delta_m", "single_task").mean, 20, 1e-9);
  EXPECT_NEAR(*row_of(comparison, "a", "delta_m", "single_task: tuned").mean, 50, 1e-9);
  EXPECT_NEAR(*row_of(comparison, "b", "delta_m", "single_task").mean, 50, 1e-9);
  EXPECT_THROW(row_of(comparison, "b", "delta_m", "single_task: tuned"), std::runtime_error)
      << "the same runs stand once";
}

TEST_F(CompareTest, AVariantMayBeTheMultiTaskBaselineOfTheOthers) {
  const std::string manifest = R"({"slots": {"prompt": [], "fusion": []}})";
  add_point("a", "variant", 1, manifest);
  add_point("b", "variant", 1, manifest, {{"multi_task", "theirs", {}}});
  store_->freeze(plan_);
  for (const double value : {0.6, 0.5}) run_next({{"semseg", value}});
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_NEAR(*row_of(comparison, "a", "delta_m", "multi_task").mean, 20, 1e-9);
  EXPECT_EQ(row_of(comparison, "b", "mIoU", "").role, "variant");
  EXPECT_THAT(comparison.notes,
              testing::ElementsAre("The multi-task baseline 'theirs' is the variant 'b': the same "
                                   "runs."));
}

TEST_F(CompareTest, TakesARunAsBaseline) {
  add_point("a", "variant", 1);
  add_point("b", "variant", 1);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  run_next({{"semseg", 0.5}});
  const CompareOptions options{.baseline = "@latest", .by = "", .epsilon = std::nullopt};
  const auto comparison = compare(*store_, {"demo"}, options);
  EXPECT_NEAR(*row_of(comparison, "a", "mIoU", "b").difference, 0.1, 1e-12);
}

TEST_F(CompareTest, GroupsByAManifestKey) {
  add_point("x, 1", "variant", 1, R"({"slots": {"encoder": {"use": "swin"}}})");
  add_point("x, 2", "variant", 1, R"({"slots": {"encoder": {"use": "swin"}}})");
  add_point("y", "variant", 1, R"({"slots": {"encoder": {"use": "pyramid"}}})");
  store_->freeze(plan_);
  for (const double value : {0.4, 0.6, 0.7}) run_next({{"semseg", value}});
  CompareOptions options{.baseline = "", .by = "slots.encoder.use", .epsilon = std::nullopt};
  const auto comparison = compare(*store_, {"demo"}, options);
  EXPECT_NEAR(*row_of(comparison, "swin", "mIoU", "").mean, 0.5, 1e-12);
  EXPECT_EQ(row_of(comparison, "swin", "mIoU", "").n, 1);  // one seed
  EXPECT_NEAR(*row_of(comparison, "pyramid", "mIoU", "").mean, 0.7, 1e-12);
  options.by = "slots.encoder.usee";
  EXPECT_THROW((void)compare(*store_, {"demo"}, options), Error);
}

TEST_F(CompareTest, ShowsASpreadWithTwoDigitsAndTheMeanToMatch) {
  make_study();
  // Delta_m: mean 4.1667, sd 5.2042; depth of prompts: mean 4.3333, sd 0.70238.
  const auto text = to_text(compare(*store_, {"demo"}));
  EXPECT_THAT(text, HasSubstr("4.2 +- 5.2"));
  EXPECT_THAT(text, HasSubstr("4.33 +- 0.70"));
}

TEST_F(CompareTest, NotesWhatIsMissing) {
  add_point("a", "variant", 1);
  add_point("a", "variant", 2);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  run_next({{"semseg", 0.6}}, "failed");
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_THAT(comparison.notes, testing::ElementsAre("a: of 2 runs 1 failed."));
  EXPECT_THAT(to_text(comparison), HasSubstr("1 failed"));
}

std::string message_of(const Store& store, const std::vector<std::string>& what) {
  try {
    return to_text(compare(store, what));
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_F(CompareTest, RefusesWhatItCannotCompare) {
  add_point("a", "variant", 1);
  store_->freeze(plan_);
  EXPECT_THAT(message_of(*store_, {"demo"}),
              AllOf(HasSubstr("[report.002]; a: of 1 runs 1 planned. Run the study first"),
                    Not(HasSubstr(".."))));
  run_next({{"semseg", 0.6}});
  EXPECT_THAT(message_of(*store_, {"demmo"}), HasSubstr("Did you mean \"demo\"?"));
  EXPECT_THAT(message_of(*store_, {"demo", "@latest"}),
              AllOf(HasSubstr("there is no run 'demo': a study has that name [store.005]"),
                    HasSubstr("Compare it alone (triptych compare demo)")));
  const auto first = store_->resolve("@latest");
  plan_ = {.study = "other", .protocol = "p/2", .manifest = "{}", .points = {}};
  add_point("b", "variant", 1);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  EXPECT_THAT(message_of(*store_, {first, "@latest"}), HasSubstr("[report.001]"));
}

TEST_F(CompareTest, ComparesSingleRuns) {
  make_study();
  std::vector<std::string> ids;
  for (const auto& run : store_->runs("demo")) ids.push_back(run.run_id);
  const auto whole = compare(*store_, {"demo"});
  const auto given = compare(*store_, ids);
  EXPECT_EQ(to_csv(given), to_csv(whole));
}

TEST_F(CompareTest, WritesItsTablesWithoutBreakingThem) {
  add_point("a|b & 50% $x_1$ =1\n\"q\",", "variant", 1);
  add_point("=cmd()", "multi_task", 1);
  store_->freeze(plan_);
  run_next({{"semseg", 0.6}});
  run_next({{"semseg", 0.5}});
  const auto comparison = compare(*store_, {"demo"});
  EXPECT_THAT(to_markdown(comparison), HasSubstr("a\\|b & 50% $x\\_1$ =1 \"q\","));
  EXPECT_THAT(to_latex(comparison), HasSubstr("a|b \\& 50\\% \\$x\\_1\\$ =1 \"q\","));
  EXPECT_THAT(to_csv(comparison), HasSubstr("\"a|b & 50% $x_1$ =1\n\"\"q\"\",\""));
  EXPECT_THAT(to_csv(comparison), HasSubstr("\n'=cmd(),"));
  EXPECT_THAT(to_text(comparison), HasSubstr("delta_m [%] (higher is better)"));
  const auto json = nlohmann::json::parse(to_json(comparison));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json["rows"][0].items()) keys.push_back(key);
  for (const auto* key :
       {"label", "task", "metric", "unit", "direction", "role", "n", "mean", "sd", "baseline",
        "difference", "low", "high", "level", "test", "p", "verdict", "why"}) {
    EXPECT_THAT(keys, testing::Contains(key));
  }
}

}  // namespace
}  // namespace triptych::report
