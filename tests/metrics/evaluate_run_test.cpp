// `triptych evaluate RUN`: stored statistics, finished again.
#include "command_line.h"
#include "stored_results.h"

namespace triptych::metrics {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kEdgeManifest = R"({"protocol": {"tasks": {}},
  "tasks": {"edges": {"use": "edges", "max_distance": 0.02}}})";

class EvaluateRun : public testing::Test {
 protected:
  static Ran run(const std::string& rest) { return evaluate(words("@latest --db r.db " + rest)); }
  /// The one result of `rest`.
  static json result(const std::string& rest) {
    const auto ran = run(rest + " --json");
    EXPECT_EQ(ran.exit_code, 0) << rest << ran.err;
    const auto document = ran.json();
    EXPECT_EQ(document["results"].size(), 1u) << rest;
    return document["results"][0];
  }
  static void write_both() { write_run("r.db", kManifest, {semseg_results(), depth_results()}); }
  /// A run of two images of 24 x 30 pixels with a straight boundary each, predicted a pixel off.
  static std::vector<EdgeImage> write_matched(EdgeReading reading, const std::string& variant) {
    std::vector<EdgeImage> images;
    for (const int at : {9, 17}) {
      std::vector<std::uint8_t> truth(24 * 30), predicted(24 * 30);
      for (int y = 0; y < 24; ++y) {
        for (int x = at; x < 30; ++x) truth[y * 30 + x] = reading == EdgeReading::kSeism || x == at;
        predicted[y * 30 + at] = static_cast<std::uint8_t>(90 + 5 * y);
        predicted[y * 30 + (at + 11) % 30] = static_cast<std::uint8_t>(3 * y);
      }
      const ByteMap map{30, 24, truth};
      images.push_back(measure_edges({30, 24, predicted}, {&map, 1}, reading, 0.02));
    }
    const auto score = score_edges(images, variant);
    write_run("r.db", kEdgeManifest,
              {{.name = "edges",
                .images = statistics_of(images),
                .finals = {{"odsF", score.ods_f}, {"oisF", score.ois_f}, {"AP", score.ap}},
                .variant = variant}});
    return images;
  }
  static void expect_refused(const std::string& rest, const std::vector<std::string>& texts) {
    const auto ran = run(rest);
    EXPECT_EQ(ran.exit_code, 2) << rest;
    EXPECT_EQ(ran.out, "") << rest;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    for (const auto& text : texts) EXPECT_THAT(ran.err, HasSubstr(text)) << rest;
  }
  WorkingFolder folder_;
};

// Sums of doubles depend on their order: "test-10" comes before "test-2" in the store only.
TEST_F(EvaluateRun, GivesTheStoredFinalValuesBitForBitUnderTheRunsOwnVariant) {
  write_both();
  const auto ran = run("--json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto document = ran.json();
  EXPECT_EQ(document["split"], "test");
  ASSERT_EQ(document["results"].size(), 2u);
  for (const auto& task : {semseg_results(), depth_results()}) {
    const auto& found = document["results"][task.name == "depth"];
    EXPECT_EQ(found["task"], task.name);
    EXPECT_EQ(found["variant"], task.variant);
    EXPECT_EQ(found["images"], 12);
    for (const auto& [metric, value] : task.finals) {
      EXPECT_EQ(found[metric].get<double>(), *value) << metric;
    }
  }
}

TEST_F(EvaluateRun, DepthIsFinishedUnderEachVariantAsFromThePredictions) {
  write_both();
  const auto images = depth_images();
  for (const std::string variant :
       {"pooled", "per_image", "taskprompter", "taskprompter_legacy", "astmt", "survey", "libmtl",
        "batch_mean(1)", "batch_mean(5)"}) {
    const auto found = result("--task depth --variant " + variant);
    const auto score = score_depth(images, variant);
    const auto expect = [&](const char* key, const Value& value) {
      EXPECT_EQ(found[key], value ? json(*value) : json()) << variant << " " << key;
    };
    expect("rmse", score.rmse);
    expect("log_rmse", score.log_rmse);
    expect("abs_err", score.abs_err);
    expect("abs_rel", score.abs_rel);
    expect("sq_rel", score.sq_rel);
    expect("silog", score.silog);
    expect("delta3", score.delta[2]);
    EXPECT_EQ(found["n_valid"], score.n_valid) << variant;
    EXPECT_EQ(found["variant"], variant);
    EXPECT_EQ(found["ignore"], -1.0);
    EXPECT_EQ(found["max"], 20.0);
  }
  EXPECT_EQ(result("--task depth --variant per_image")["images_left_out"], 1);
}

TEST_F(EvaluateRun, SemsegIsFinishedUnderEachVariant) {
  write_both();
  const auto official = result("--task semseg")["mIoU"].get<double>();
  const auto zero = result("--task semseg --variant taskprompter");
  EXPECT_DOUBLE_EQ(zero["mIoU"].get<double>(), official * 3 / 4);  // the absent class counts as 0
  EXPECT_EQ(zero["IoU"][3], 0.0);
  EXPECT_EQ(result("--task semseg --variant absent_zero")["variant"], "taskprompter");
  EXPECT_TRUE(result("--task semseg --variant absent_nan")["mIoU"].is_null());
  EXPECT_EQ(zero["classes_averaged"], (json{0, 1, 2, 3}));
  EXPECT_TRUE(zero.contains("version"));
}

TEST_F(EvaluateRun, SeveralVariantsGoToTheTasksThatHaveThem) {
  write_both();
  const auto ran = run("--variant taskprompter --variant per_image --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  std::vector<std::string> found;
  const auto document = ran.json();
  for (const auto& one : document["results"]) {
    found.push_back(one["task"].get<std::string>() + " " + one["variant"].get<std::string>());
  }
  EXPECT_EQ(found, (std::vector<std::string>{"semseg taskprompter", "depth taskprompter",
                                             "depth per_image"}));
  EXPECT_THAT(run("--variant per_image").err, HasSubstr("'semseg' has none of these variants"));
}

TEST_F(EvaluateRun, TablesNameTheClasses) {
  write_both();
  const auto ran = run("");
  EXPECT_THAT(ran.out, HasSubstr("Task semseg, variant official"));
  EXPECT_THAT(ran.out, HasSubstr("tram"));
  EXPECT_THAT(ran.out, HasSubstr("Task depth, variant pooled, in m"));
}

TEST_F(EvaluateRun, BoundariesMatchedForSeismServeGrid99ButNotPdollar) {
  const auto images = write_matched(EdgeReading::kSeism, "seism");
  EXPECT_EQ(result("")["odsF"].get<double>(), *score_edges(images, "seism").ods_f);
  const auto grid = result("--variant grid99");
  EXPECT_EQ(grid["odsF"].get<double>(), *score_edges(images, "grid99").ods_f);
  EXPECT_EQ(grid["AP"].get<double>(), *score_edges(images, "grid99").ap);
  EXPECT_EQ(grid["max_distance"], 0.02);
  expect_refused("--variant pdollar", {"evaluate.011", "read by seism", "seism, grid99"});
  expect_refused("--variant pixel", {"evaluate.011"});
  expect_refused("--max-distance 0.011", {"evaluate.011", "0.02"});
}

TEST_F(EvaluateRun, BoundariesMatchedForPdollarServeItAlone) {
  const auto images = write_matched(EdgeReading::kPdollar, "pdollar");
  EXPECT_EQ(result("")["oisF"].get<double>(), *score_edges(images, "pdollar").ois_f);
  expect_refused("--variant seism", {"evaluate.011", "read by pdollar", "under: pdollar"});
}

TEST_F(EvaluateRun, EdgesCountedInPlaceCannotBeMatched) {
  PixelEdgeImage image;
  add_pixel_edges(image, std::vector<std::int64_t>{1, 0, 1}, std::vector<double>{0.9, 0.6, 0.3},
                  255);
  const std::vector images{image};
  const auto score = score_pixel_edges(images);
  write_run("r.db", kEdgeManifest,
            {{.name = "edges",
              .images = statistics_of(images),
              .finals = {{"pixelF", score.f}},
              .variant = "pixel"}});
  const auto found = result("");
  EXPECT_EQ(found["pixelF"].get<double>(), *score.f);
  EXPECT_EQ(found["threshold"], 0.01);
  EXPECT_EQ(found["variant"], "pixel");
  expect_refused("--variant seism", {"evaluate.011", "counted pixels in place", "under: pixel"});
}

TEST_F(EvaluateRun, OtherRangesAndClassesAreRefusedBecauseSumsCannotBeTakenApart) {
  write_both();
  EXPECT_EQ(run("--min 0 --max 20 --classes 4").exit_code, 0);
  expect_refused("--max 80", {"--max: found 80", "under 20", "evaluate.011"});
  expect_refused("--min 1", {"--min: found 1", "evaluate.011"});
  expect_refused("--task depth --ignore 0", {"--ignore: found 0", "under -1"});
  expect_refused("--classes 19", {"--classes: found 19", "under 4"});
}

TEST_F(EvaluateRun, VariantsThatNoTaskKnowsAreRefusedWithThoseThatThereAre) {
  write_both();
  expect_refused("--variant oficial", {"unknown variant 'oficial'", "task 'semseg': official",
                                       "batch_mean(IMAGES", "Did you mean \"official\"?"});
  expect_refused("--task depth --variant official", {"unknown variant 'official'"});
  expect_refused("--variant batch_mean", {"metrics.002"});
}

TEST_F(EvaluateRun, TasksSplitsAndRunsThatAreNotThereAreNamed) {
  write_both();
  expect_refused("--task detph", {"evaluate.010", "semseg, depth", "Did you mean \"depth\"?"});
  expect_refused("--split val", {"evaluate.010", "split 'test' only"});
  EXPECT_EQ(run("--split test").exit_code, 0);
  const auto other = evaluate(words("ffff --db r.db"));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("store.005"));
  const auto missing = evaluate(words("@latest --db none.db"));
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("none.db"));
  EXPECT_FALSE(std::filesystem::exists("none.db"));
}

TEST_F(EvaluateRun, IsNamedByItsIdAPrefixOrItsBestMetric) {
  const auto id = write_run("r.db", kManifest, {semseg_results(), depth_results()});
  for (const auto& name : {id, id.substr(0, 13), std::string("@best:mIoU")}) {
    const auto ran = evaluate(words(name + " --db r.db --json"));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.json()["run_id"], id);
  }
}

TEST_F(EvaluateRun, ARunWithoutStatisticsSaysItsStatus) {
  write_run("r.db", kManifest, {}, {.status = "failed"});
  expect_refused("", {"evaluate.010", "its status is failed"});
}

// Counts of classes need no order and no other sums, so those of older versions are complete.
TEST_F(EvaluateRun, StatisticsOfOlderVersionsAreRefusedWhereTheyLackSomething) {
  write_run("r.db", kManifest, {semseg_results(), depth_results()}, {.is_numbered = false});
  EXPECT_EQ(result("--task semseg")["mIoU"].get<double>(), *semseg_results().finals["mIoU"]);
  expect_refused("--task depth",
                 {"evaluate.010", "task 'depth'", "older version", "Run the study"});
}

TEST_F(EvaluateRun, TasksOfOtherPluginsAreLeftOutAndSaidSo) {
  const std::string manifest = R"({"protocol": {"tasks": {"semseg": {"classes": 4}}},
    "tasks": {"semseg": {"use": "semseg"}, "own": {"use": "counting"}}})";
  write_run("r.db", manifest,
            {semseg_results(),
             {.name = "own", .images = {{{"n", 3}}}, .finals = {{"n", 3}}, .variant = "x"}});
  const auto ran = run("--json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.json()["results"].size(), 1u);
  EXPECT_THAT(ran.err, HasSubstr("task 'own' is left out"));
  expect_refused("--task own", {"evaluate.010", "plugin 'counting'", "semseg, depth, edges"});
}

TEST_F(EvaluateRun, WordsThatAreNeitherMetricNorRunAreExplained) {
  const auto ran = evaluate(words("semsge --truth a --prediction b"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("'semsge' is neither a metric nor a run"));
  EXPECT_THAT(ran.err, HasSubstr("Did you mean \"semseg\"?"));
  EXPECT_EQ(evaluate(words("@latest --help")).exit_code, 0);
  EXPECT_EQ(evaluate(words("@latest --truth a")).exit_code, 2);
}

}  // namespace
}  // namespace triptych::metrics
