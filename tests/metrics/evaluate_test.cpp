// The whole command line, against numbers that other programs computed (tests/metrics/reference).
#include <cmath>
#include <sstream>

#include "evaluate_fixtures.h"
#include "stored_results.h"
#include "triptych/metrics/human_parts.h"
#include "triptych/metrics/normals.h"
#include "triptych/metrics/png.h"
#include "triptych/metrics/saliency.h"
#include "written_files.h"

namespace triptych::metrics {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Every number of `expected` stands in `found`, within the tolerance; other kinds are equal.
void expect_same(const json& expected, const json& found, double tolerance, const std::string& at) {
  if (expected.is_number() && found.is_number()) {
    const double e = expected.get<double>();
    EXPECT_NEAR(found.get<double>(), e, tolerance * std::max(1.0, std::abs(e))) << at;
  } else if (expected.is_object() && found.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      ASSERT_TRUE(found.contains(key)) << at << "/" << key;
      expect_same(value, found[key], tolerance, at + "/" + key);
    }
  } else if (expected.is_array() && found.is_array()) {
    ASSERT_EQ(expected.size(), found.size()) << at;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expect_same(expected[i], found[i], tolerance, at + "/" + std::to_string(i));
    }
  } else {
    EXPECT_EQ(expected, found) << at;
  }
}

TEST_F(EvaluateFixtures, AgreesWithNumpyScipyAndScikitImageInEveryVariant) {
  const auto cases = read_json("expected.json");
  ASSERT_EQ(cases.size(), 40u);
  for (const auto& one : cases) {
    const auto command = one["command"].get<std::string>();
    const auto ran = evaluate(words(command + " --json"));
    ASSERT_EQ(ran.exit_code, 0) << command << ran.err;
    expect_same(one["expected"], ran.json(), one["tolerance"].get<double>(), command);
  }
}

TEST_F(EvaluateFixtures, AgreesWithTheOfficialDetectionEvaluator) {
  for (const std::string matching : {"amodal", "modal"}) {
    const auto ran =
        evaluate(words("detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes "
                       "--json --matching " +
                       matching));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const auto expected = read_json("expected_" + matching + ".json");
    expect_same(expected, ran.json(), 1e-9, matching);
    expect_same(ran.json(), expected, 1e-9, matching + ", keys that are too many");
  }
}

TEST_F(EvaluateFixtures, AgreesWithTheOfficialPixelLevelEvaluator) {
  const auto ran =
      evaluate(words("semseg --layout cityscapes --truth gtFine --prediction labels --json"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto expected = read_json("expected_cityscapes.json");
  expect_same(expected, ran.json(), 1e-12, "");
  EXPECT_EQ(expected["confMatrix"], ran.json()["confMatrix"]);
}

TEST_F(EvaluateFixtures, EveryExampleOfTheHelpRuns) {
  write_run("results.db", kManifest, {semseg_results(), depth_results()});
  const auto help = evaluate({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  std::istringstream lines(help.out);
  int examples = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string start = "  triptych evaluate ";
    if (!line.starts_with(start)) continue;
    ++examples;
    const auto ran = evaluate(words(line.substr(start.size())));
    EXPECT_EQ(ran.exit_code, 0) << line << ran.err;
    EXPECT_FALSE(ran.out.empty()) << line;
    if (line.find("--json") != std::string::npos) EXPECT_TRUE(ran.json().is_object()) << line;
  }
  EXPECT_EQ(examples, 14);
  EXPECT_TRUE(std::filesystem::exists("images.csv"));
}

TEST_F(EvaluateFixtures, TheHelpOfEachFormNamesEveryVariant) {
  const auto expect = [](const std::string& form, std::span<const VariantInfo> variants) {
    const auto help = evaluate({form, "--help"});
    EXPECT_EQ(help.exit_code, 0) << form;
    for (const auto& variant : variants) EXPECT_THAT(help.out, HasSubstr(variant.name)) << form;
  };
  expect("semseg", segmentation_variants());
  expect("human_parts", human_parts_variants());
  expect("depth", depth_variants());
  expect("normals", normals_variants());
  expect("saliency", saliency_variants());
  expect("edges", edge_variants());
  expect("detection3d", {});
}

TEST_F(EvaluateFixtures, TheNumberOfThreadsDoesNotChangeACharacter) {
  for (const std::string command :
       {"detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes",
        "semseg --layout cityscapes --truth gtFine --prediction labels",
        "semseg --truth labels.npy --prediction predicted_labels.npy --classes 5",
        "human_parts --truth parts.npy --prediction predicted_parts.npy",
        "depth --truth depth.npy --prediction predicted_depth.npy",
        "normals --truth normals.npy --prediction predicted_normals.npy",
        "saliency --truth saliency.npy --prediction predicted_saliency.npy",
        "edges --truth label_maps --prediction boundaries"}) {
    const auto one = evaluate(words(command + " --json --threads 1 --per-image one.csv"));
    const auto many = evaluate(words(command + " --json --threads 5 --per-image many.csv"));
    EXPECT_EQ(one.exit_code, 0) << command;
    EXPECT_EQ(one.out, many.out) << command;
    EXPECT_EQ(one.err, many.err) << command;
    EXPECT_EQ(WorkingFolder::read("one.csv"), WorkingFolder::read("many.csv")) << command;
  }
}

TEST_F(EvaluateFixtures, JsonIsOneLineAndTheOnlyOutput) {
  const auto ran =
      evaluate(words("depth --truth depth.npy --prediction predicted_depth.npy --json"));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1);
  EXPECT_TRUE(ran.err.empty());
  EXPECT_EQ(ran.json()["variant"], "pooled");
  EXPECT_TRUE(ran.json().contains("version"));
}

TEST_F(EvaluateFixtures, EveryDocumentOfOurOwnSaysMetricVariantAndVersion) {
  for (const auto& [metric, command] : std::vector<std::pair<std::string, std::string>>{
           {"semseg", "semseg --truth labels.npy --prediction predicted_labels.npy --classes 5"},
           {"human_parts", "human_parts --truth parts.npy --prediction predicted_parts.npy"},
           {"depth", "depth --truth depth.npy --prediction predicted_depth.npy"},
           {"normals", "normals --truth normals.npy --prediction predicted_normals.npy"},
           {"saliency", "saliency --truth saliency.npy --prediction predicted_saliency.npy"},
           {"edges", "edges --truth label_maps --prediction boundaries"}}) {
    const auto out = evaluate(words(command + " --json")).json();
    EXPECT_EQ(out["metric"], metric);
    EXPECT_TRUE(out["variant"].is_string()) << metric;
    EXPECT_TRUE(out["version"].is_string()) << metric;
    EXPECT_TRUE(out["images"].is_number()) << metric;
  }
}

TEST_F(EvaluateFixtures, TablesNameClassesBinsAndTheSetThatIsAveraged) {
  const auto table = [](const std::string& command) { return evaluate(words(command)).out; };
  EXPECT_THAT(table("human_parts --truth parts.npy --prediction predicted_parts.npy"),
              testing::AllOf(HasSubstr("head "), HasSubstr("lower leg "), HasSubstr("mean of 7")));
  EXPECT_THAT(table("semseg --truth labels.npy --prediction predicted_labels.npy --classes 5 "
                    "--class-names road,car,sky,tram,tree"),
              testing::AllOf(HasSubstr("\nroad "), HasSubstr("\ntree ")));
  EXPECT_THAT(table("semseg --layout cityscapes --truth gtFine --prediction labels"),
              testing::AllOf(HasSubstr("\nbicycle "), HasSubstr("\nvehicle "),
                             HasSubstr("mean of 19 classes")));
  EXPECT_THAT(table("detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes"),
              testing::AllOf(HasSubstr("\nmotorcycle "), HasSubstr("\n10 to 15 "),
                             HasSubstr("means over car, truck, bus")));
}

TEST_F(EvaluateFixtures, TextOfAnyBytesIsValidJsonAndAlignedTables) {
  const auto ran = evaluate({"detection3d", "--layout", "cityscapes3d", "--truth", "gtBbox3d",
                             "--prediction", "boxes", "--labels", "car,\xff\xfe", "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.json()["eval_params"]["labels"].size(), 2u);
  const auto table =
      evaluate({"semseg", "--truth", "labels.npy", "--prediction", "predicted_labels.npy",
                "--classes", "5", "--class-names", "Straße,b,c,d,e"})
          .out;
  EXPECT_THAT(table,
              testing::AllOf(HasSubstr("\nStraße          "), HasSubstr("\nb               ")));
}

TEST_F(EvaluateFixtures, PerImageStatisticsAreWrittenForEveryForm) {
  for (const std::string command :
       {"detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes",
        "semseg --layout cityscapes --truth gtFine --prediction labels",
        "semseg --truth labels.npy --prediction predicted_labels.npy --classes 5",
        "human_parts --truth parts.npy --prediction predicted_parts.npy",
        "depth --truth depth.npy --prediction predicted_depth.npy",
        "normals --truth normals.npy --prediction predicted_normals.npy",
        "saliency --truth saliency.npy --prediction predicted_saliency.npy",
        "edges --truth label_maps --prediction boundaries"}) {
    std::filesystem::remove("statistics.csv");
    ASSERT_EQ(evaluate(words(command + " --per-image statistics.csv")).exit_code, 0) << command;
    const auto csv = WorkingFolder::read("statistics.csv");
    EXPECT_THAT(csv, testing::StartsWith("image,statistic,value\n")) << command;
    EXPECT_GT(std::count(csv.begin(), csv.end(), '\n'), 5) << command;
  }
}

TEST_F(EvaluateFixtures, PerImageCountsAddUpToTheDataSet) {
  const auto ran =
      evaluate(words("semseg --truth labels.npy --prediction predicted_labels.npy --classes 5 "
                     "--json --per-image statistics.csv"));
  std::istringstream lines(WorkingFolder::read("statistics.csv"));
  std::vector<double> tp(5);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(",tp.");
    if (at != std::string::npos) tp[line[at + 4] - '0'] += std::stod(line.substr(at + 6));
  }
  EXPECT_EQ(ran.json()["tp"].get<std::vector<double>>(), tp);
}

TEST_F(EvaluateFixtures, WithoutInstanceMapsThereAreNoInstanceScores) {
  for (const auto& file : std::filesystem::recursive_directory_iterator("gtFine")) {
    if (file.path().string().ends_with("instanceIds.png")) std::filesystem::remove(file);
  }
  const auto out =
      evaluate(words("semseg --layout cityscapes --truth gtFine --prediction labels --json"))
          .json();
  EXPECT_TRUE(out["averageScoreInstClasses"].is_null());
  EXPECT_TRUE(out["classInstScores"]["car"].is_null());
  EXPECT_TRUE(out["averageScoreClasses"].is_number());
}

// Predictions of the truth's odd rows and columns are perfect at that resolution.
TEST_F(EvaluateFixtures, HalfOddComparesWithTheOddRowsAndColumnsOfTheTruth) {
  std::filesystem::create_directory("half");
  for (const auto& file : std::filesystem::recursive_directory_iterator("gtFine")) {
    const auto name = file.path().filename().string();
    if (!name.ends_with("_labelIds.png")) continue;
    const auto truth = read_png8(file.path());
    std::vector<std::uint16_t> odd;
    for (int y = 1; y < truth.height; y += 2) {
      for (int x = 1; x < truth.width; x += 2) odd.push_back(truth.pixels[y * truth.width + x]);
    }
    const auto bytes = png(truth.width / 2, truth.height / 2, 8, PNG_COLOR_TYPE_GRAY, odd);
    WorkingFolder::write("half/" + name, {bytes.begin(), bytes.end()});
  }
  const std::string command = "semseg --layout cityscapes --truth gtFine --prediction half --json";
  const auto ran = evaluate(words(command + " --resolution half_odd"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.json()["averageScoreClasses"], 1.0);
  EXPECT_EQ(evaluate(words(command)).exit_code, 2);  // at full size they do not fit
}

}  // namespace
}  // namespace triptych::metrics
