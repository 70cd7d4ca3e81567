// The whole command line, against numbers that other programs computed (tests/metrics/reference).
#include <cmath>
#include <sstream>

#include "command_line.h"
#include "triptych/metrics/png.h"
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

class EvaluateFixtures : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy(kFixtures, ".", std::filesystem::copy_options::recursive);
  }
  WorkingFolder folder_;
};

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
  EXPECT_GE(examples, 11);
  EXPECT_TRUE(std::filesystem::exists("images.csv"));
}

TEST_F(EvaluateFixtures, TheNumberOfThreadsDoesNotChangeACharacter) {
  for (const std::string command :
       {"detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes",
        "semseg --layout cityscapes --truth gtFine --prediction labels",
        "depth --truth depth.npy --prediction predicted_depth.npy",
        "normals --truth normals.npy --prediction predicted_normals.npy",
        "edges --truth label_maps --prediction boundaries"}) {
    const auto one = evaluate(words(command + " --json --threads 1"));
    const auto many = evaluate(words(command + " --json --threads 5"));
    EXPECT_EQ(one.out, many.out) << command;
    EXPECT_EQ(one.err, many.err) << command;
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

TEST_F(EvaluateFixtures, UsageErrorsExitTwoAndSayWhatIsWrong) {
  const std::string depth = "depth --truth depth.npy --prediction predicted_depth.npy ";
  const std::string semseg = "semseg --truth labels.npy --prediction predicted_labels.npy ";
  const std::string boxes =
      "detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes ";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", ""},
      {"semsge --truth a --prediction b", ""},
      {"depth --truth depth.npy", "--prediction"},
      {depth + "--variant polled", "Did you mean \"pooled\"?"},
      {depth + "--variant batch_mean", "batch_mean(images per batch)"},
      {depth + "--variant batch_mean(0)", "metrics.002"},
      {depth + "--ignore 3", "taskprompter_legacy only"},
      {depth + "--variant taskprompter_legacy", "needs --ignore"},
      {depth + "--min 8 --max 8", "0 <= min < max"},
      {depth + "--max nan", "0 <= min < max"},
      {semseg, "--classes"},
      {semseg + "--classes 0", "1..65536"},
      {semseg + "--classes -3", "1..65536"},
      {semseg + "--classes 3", "truth label 3 is neither a class nor ignored"},
      {"semseg --layout cityscapes --truth gtFine --prediction labels --classes 19", "--classes"},
      {"semseg --layout cityscapes --truth gtFine --prediction labels --variant absent_nan",
       "official"},
      {boxes + "--confidence 1.5", "auto or 0..1"},
      {boxes + "--confidence high", "auto or 0..1"},
      {boxes + "--max-depth 0", "--max-depth"},
      {boxes + "--step 2.5", "--step"},
      {boxes + "--matching both", "amodal"},
      {boxes + "--labels car,car", "twice"},
      {"detection3d --truth gtBbox3d --prediction boxes", "--layout"},
      {depth + "--threads -2", "--threads"},
      {depth + "--per-image no/such/folder.csv", "evaluate.003"}};
  for (const auto& [command, message] : wrong) {
    const auto ran = evaluate(words(command));
    EXPECT_EQ(ran.exit_code, 2) << command;
    EXPECT_THAT(ran.err, HasSubstr(message)) << command;
    EXPECT_FALSE(ran.err.empty()) << command;
  }
}

TEST_F(EvaluateFixtures, MissingInputsExitTwoAndNameTheFile) {
  for (const std::string command :
       {"depth --truth absent.npy --prediction depth.npy",
        "edges --truth absent --prediction boundaries",
        "semseg --layout cityscapes --truth absent --prediction labels",
        "detection3d --layout cityscapes3d --truth absent --prediction boxes",
        "depth --truth label_maps --prediction depth.npy"}) {
    const auto ran = evaluate(words(command));
    EXPECT_EQ(ran.exit_code, 2) << command;
    EXPECT_THAT(ran.err, testing::AnyOf(HasSubstr("absent"), HasSubstr("label_maps"))) << command;
  }
}

TEST_F(EvaluateFixtures, SizesThatDifferAreNamed) {
  const auto ran = evaluate(words("depth --truth depth.npy --prediction predicted_saliency.npy"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("the array is 4 x 12 x 12"));
  EXPECT_THAT(ran.err, HasSubstr("5 image(s) of 10 x 12"));
}

TEST_F(EvaluateFixtures, CityscapesNeedsExactlyOnePredictionPerImage) {
  const std::string command = "semseg --layout cityscapes --truth gtFine --prediction labels";
  const auto file = *std::filesystem::directory_iterator("labels/bonn");
  const auto second =
      std::filesystem::path("labels") / file.path().filename().replace_extension("x.png");
  std::filesystem::copy(file, second);
  auto ran = evaluate(words(command));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("2 predictions"));
  std::filesystem::remove(second);
  std::filesystem::remove(file);
  ran = evaluate(words(command));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("0 predictions"));
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

TEST_F(EvaluateFixtures, PngsOfAnotherKindOrDamagedOnesAreNamed) {
  const auto whole = WorkingFolder::read("boundaries/000.png");
  const auto rgb = png(52, 40, 8, PNG_COLOR_TYPE_RGB, std::vector<std::uint16_t>(52 * 40 * 3));
  for (const auto& [bytes, message] :
       {std::pair(std::string(rgb.begin(), rgb.end()), "the PNG is RGB"),
        std::pair(whole.substr(0, whole.size() / 2), "not a readable PNG"),
        std::pair(std::string("no picture"), "not a readable PNG")}) {
    WorkingFolder::write("boundaries/000.png", bytes);
    const auto ran = evaluate(words("edges --truth label_maps --prediction boundaries"));
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, HasSubstr("boundaries/000.png: "));
    EXPECT_THAT(ran.err, HasSubstr(message));
  }
}

TEST_F(EvaluateFixtures, APredictedBoundaryThatIsMissingIsAnError) {
  std::filesystem::remove("boundaries/001.png");
  const auto ran = evaluate(words("edges --truth label_maps --prediction boundaries"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("boundaries/001.png"));
}

// ---- arrays
// ---------------------------------------------------------------------------------------

class EvaluateArrays : public testing::Test {
 protected:
  template <class Element>
  static void write(const std::string& file, const std::string& descr, const std::string& shape,
                    const std::vector<Element>& elements) {
    WorkingFolder::write(file, npy(descr, shape, elements));
  }
  WorkingFolder folder_;
};

TEST_F(EvaluateArrays, APredictionThatIsNotFiniteWhereItCountsIsAnErrorWithItsPlace) {
  const float nan = std::nanf("");
  write<float>("truth.npy", "<f4", "(2, 1, 3)", {1, 2, 3, 0, 2, 3});
  write<float>("nan.npy", "<f4", "(2, 1, 3)", {1, 2, 3, 1, nan, 3});
  write<float>("fine.npy", "<f4", "(2, 1, 3)", {1, 2, 3, nan, 2, 3});
  const auto ran = evaluate(words("depth --truth truth.npy --prediction nan.npy"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err,
              HasSubstr("nan.npy: image 1, row 0, column 1: the prediction is not a number"));
  EXPECT_EQ(evaluate(words("depth --truth truth.npy --prediction fine.npy --json")).json()["rmse"],
            0.0);

  write<float>("normals.npy", "<f4", "(1, 3, 1, 1)", {0, 0, 1});
  write<float>("nan_normals.npy", "<f4", "(1, 3, 1, 1)", {0, INFINITY, 1});
  EXPECT_EQ(evaluate(words("normals --truth normals.npy --prediction nan_normals.npy")).exit_code,
            2);

  write<std::uint8_t>("salient.npy", "|u1", "(1, 2)", {1, 255});
  write<float>("probability.npy", "<f4", "(1, 2)", {0.5, nan});
  EXPECT_EQ(evaluate(words("saliency --truth salient.npy --prediction probability.npy")).exit_code,
            0);
  write<std::uint8_t>("salient.npy", "|u1", "(1, 2)", {1, 0});
  EXPECT_EQ(evaluate(words("saliency --truth salient.npy --prediction probability.npy")).exit_code,
            2);

  write<float>("labels.npy", "<f4", "(1, 2)", {1, 255});
  write<float>("nan_labels.npy", "<f4", "(1, 2)", {1, nan});
  EXPECT_EQ(evaluate(words("semseg --truth labels.npy --prediction nan_labels.npy --classes 2"))
                .exit_code,
            0);
  write<float>("nan_labels.npy", "<f4", "(1, 2)", {nan, 1});
  EXPECT_EQ(evaluate(words("semseg --truth labels.npy --prediction nan_labels.npy --classes 2"))
                .exit_code,
            2);
}

TEST_F(EvaluateArrays, LabelsThatAreNoWholeNumberAreAnError) {
  write<float>("truth.npy", "<f4", "(1, 2)", {1, 0.5});
  write<float>("prediction.npy", "<f4", "(1, 2)", {1, 1});
  const auto ran =
      evaluate(words("semseg --truth truth.npy --prediction prediction.npy --classes 2"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("image 0, row 0, column 1: found 0.5"));
}

TEST_F(EvaluateArrays, HugePredictedLabelsAreFalseNegatives) {
  write<std::int64_t>("truth.npy", "<i8", "(1, 3)", {0, 0, 0});
  write<double>("prediction.npy", "<f8", "(1, 3)", {1e300, -1e300, 0});
  const auto out =
      evaluate(words("semseg --truth truth.npy --prediction prediction.npy --classes 1 --json"))
          .json();
  EXPECT_EQ(out["tp"][0], 1);
  EXPECT_EQ(out["fn"][0], 2);
}

TEST_F(EvaluateArrays, NothingValidIsNullNotAnError) {
  write<float>("zero.npy", "<f4", "(2, 2)", {0, 0, 0, 0});
  const auto depth = evaluate(words("depth --truth zero.npy --prediction zero.npy --json"));
  EXPECT_EQ(depth.exit_code, 0);
  EXPECT_TRUE(depth.json()["rmse"].is_null());
  EXPECT_EQ(depth.json()["n_valid"], 0);
  write<float>("normals.npy", "<f4", "(3, 1, 1)", {0, 0, 0});
  const auto normals =
      evaluate(words("normals --truth normals.npy --prediction normals.npy --json"));
  EXPECT_TRUE(normals.json()["median"].is_null());
  write<float>("ignored.npy", "<f4", "(1, 1)", {255});
  const auto semseg =
      evaluate(words("semseg --truth ignored.npy --prediction ignored.npy --classes 3 --json"));
  EXPECT_TRUE(semseg.json()["mIoU"].is_null());
  EXPECT_TRUE(semseg.json()["IoU"][2].is_null());
  const auto saliency =
      evaluate(words("saliency --truth ignored.npy --prediction zero1.npy --json"));
  EXPECT_EQ(saliency.exit_code, 2);  // no such file
}

TEST_F(EvaluateArrays, SaliencyPredictionsThatAreNoProbabilityAreAnError) {
  write<std::uint8_t>("truth.npy", "|u1", "(1, 1)", {1});
  write<float>("logit.npy", "<f4", "(1, 1)", {4.5});
  EXPECT_THAT(evaluate(words("saliency --truth truth.npy --prediction logit.npy")).err,
              HasSubstr("is no probability"));
  write<std::int32_t>("integer.npy", "<i4", "(1, 1)", {1});
  EXPECT_THAT(evaluate(words("saliency --truth truth.npy --prediction integer.npy")).err,
              HasSubstr("int32"));
}

// ---- detection3d: files
// ---------------------------------------------------------------------------

constexpr const char* kTruth =
    R"({"sensor": {"sensor_T_ISO_8855": [[1,0,0,0],[0,1,0,0],[0,0,1,-1.2]],
  "fx": 2000, "fy": 2000, "u0": 1000, "v0": 500},
  "objects": [{"2d": {"amodal": [900, 450, 100, 100]}, "label": "car", "score": 1,
               "3d": {"center": [20, 1, 1], "dimensions": [4, 2, 1.5], "rotation": [1, 0, 0, 0]}}],
  "ignore": []})";

class DetectionFiles : public testing::Test {
 protected:
  void SetUp() override { WorkingFolder::write("gt/a_0_0_gtBbox3d.json", kTruth); }
  static Ran run(const std::string& prediction, const std::string& name = "a_0_0_pred.json") {
    std::filesystem::remove_all("boxes");
    WorkingFolder::write("boxes/" + name, prediction);
    return evaluate(
        words("detection3d --layout cityscapes3d --truth gt --prediction boxes --json"));
  }
  static std::string entry(const std::string& changes) {
    auto box = json::parse(R"({"2d": {"amodal": [900, 450, 100, 100]}, "label": "car", "score": 0.9,
      "3d": {"center": [20, 1, 1], "dimensions": [4, 2, 1.5], "rotation": [1, 0, 0, 0]}})");
    box.merge_patch(json::parse(changes));
    return json{{"objects", {box}}}.dump();
  }
  WorkingFolder folder_;
};

TEST_F(DetectionFiles, EntriesThatCannotBeScoredAreSkippedAndReported) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"3d": {"dimensions": [4, 0, 1.5]}})", "size that is not positive"},
      {R"({"3d": {"dimensions": [4, -2, 1.5]}})", "size that is not positive"},
      {R"({"3d": {"rotation": [1e200, 0, 0, 0]}})", "rotation is not finite"},
      {R"({"2d": {"amodal": [1e999, 0, 1, 1]}})", "2d box is not finite"},
      {R"({"score": null, "2d": null})", "missing"}};
  for (const auto& [changes, reason] : cases) {
    std::string text = changes.find("1e999") == std::string::npos ? entry(changes) : "";
    if (text.empty()) {
      text = entry(R"({"2d": {"amodal": [777777, 0, 1, 1]}})");
      text.replace(text.find("777777"), 6, "1e999");
    }
    const auto ran = run(text);
    EXPECT_EQ(ran.exit_code, 0) << changes << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("boxes/a_0_0_pred.json: /objects/0: skipped: ")) << changes;
    EXPECT_THAT(ran.err, HasSubstr(reason)) << changes;
    EXPECT_EQ(ran.json()["GT_stats"]["car"], 1) << changes;
    EXPECT_EQ(ran.json()["AP"]["car"]["data"]["precision"][0], 0.0) << changes;
  }
}

TEST_F(DetectionFiles, PythonsNanIsTakenAndTheEntrySkipped) {
  auto text = entry(R"({"score": 777777})");
  text.replace(text.find("777777"), 6, "NaN");
  const auto ran = run(text);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("score is not a number"));
}

TEST_F(DetectionFiles, AnInfiniteScoreTakesPartEverywhere) {
  auto text = entry(R"({"score": 777777, "2d": {"modal": [0, 0, 1, 1]}})");
  text.replace(text.find("777777"), 6, "Infinity");
  const auto out = run(text).json();
  for (int i = 0; i <= 50; ++i) EXPECT_TRUE(out["AP"]["car"]["data"]["precision"][i].is_number());
}

TEST_F(DetectionFiles, EntriesOfOtherLabelsAreLeftOutWithoutAWord) {
  for (const std::string changes :
       {R"({"label": null})", R"({"label": "tram"})", R"({"label": 26})"}) {
    const auto ran = run(entry(changes));
    EXPECT_EQ(ran.exit_code, 0) << changes;
    EXPECT_THAT(ran.err, testing::Not(HasSubstr("skipped"))) << changes;
  }
}

TEST_F(DetectionFiles, ModalWithoutAmodalIsAMissingField) {
  const auto ran = run(R"({"objects": [{"label": "car", "score": 1, "2d": {"modal": [0, 0, 5, 5]},
    "3d": {"center": [20, 1, 1], "dimensions": [4, 2, 1.5], "rotation": [1, 0, 0, 0]}}]})");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("2d/amodal is missing"));
}

TEST_F(DetectionFiles, FilesWithoutACounterpartAreReported) {
  auto ran = run(R"({"objects": []})", "b_0_0_pred.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("a_0_0: no prediction file"));
  EXPECT_THAT(ran.err, HasSubstr("image 'b_0_0' has no ground truth"));
}

// The key ends at the last underscore: a_0_0.json is image "a_0".
TEST_F(DetectionFiles, ANameWithoutItsLastPartIsExplained) {
  const auto ran = run(R"({"objects": []})", "a_0_0.json");
  EXPECT_THAT(ran.err, HasSubstr("the name needs a last part: a_0_0_pred.json"));
}

TEST_F(DetectionFiles, ResultsJsonInThePredictionFolderIsNotRead) {
  WorkingFolder::write("boxes/results.json", "not json at all");
  WorkingFolder::write("boxes/a_0_0_pred.json", R"({"objects": []})");
  const auto ran =
      evaluate(words("detection3d --layout cityscapes3d --truth gt --prediction boxes"));
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
}

TEST_F(DetectionFiles, NoTruthBoxAtAllHasNoMean) {
  auto truth = json::parse(kTruth);
  truth["objects"] = json::array();
  WorkingFolder::write("gt/a_0_0_gtBbox3d.json", truth.dump());
  const auto out = run(R"({"objects": []})").json();
  EXPECT_TRUE(out["mDetection_Score"].is_null());
  EXPECT_EQ(out["AP"]["car"]["auc"], 0.0);
  EXPECT_EQ(out["AP"]["car"]["data"]["recall"].size(), 51u);
}

TEST_F(DetectionFiles, MalformedPredictionsAreOneClearError) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "boxes/a_0_0_pred.json:1:1: not JSON: the end of the file"},
      {"{\"objects\": [1,]}", "a_0_0_pred.json:1:16"},
      {"[]", "an object with \"objects\""},
      {"{}", "\"objects\" is missing"},
      {R"({"objects": 5})", "/objects: found 5"},
      {entry(R"({"score": "high"})"), "/objects/0/score: found a string"},
      {entry(R"({"3d": {"center": [1, 2]}})"), "/objects/0/3d/center: found an array of 2"},
      {entry(R"({"3d": {"center": [1, 2, {}]}})"), "/objects/0/3d/center/2: found an object"},
      {entry(R"({"2d": 7})"), "/objects/0/2d: found 7"},
      {std::string(200, '['), "nest deeper than 64"},
      {"{\"objects\": [\xff\xfe]}", "not JSON"}};
  for (const auto& [text, message] : cases) {
    const auto ran = run(text);
    EXPECT_EQ(ran.exit_code, 2) << text;
    EXPECT_THAT(ran.err, HasSubstr(message)) << text;
  }
}

TEST_F(DetectionFiles, TruthWithoutANeededFieldIsAnError) {
  for (const std::string pointer : {"/objects", "/sensor", "/ignore", "/objects/0/score",
                                    "/objects/0/2d", "/objects/0/3d/center", "/objects/0/2d/amodal",
                                    "/sensor/fx", "/sensor/sensor_T_ISO_8855"}) {
    auto truth = json::parse(kTruth);
    const json::json_pointer at(pointer);
    truth.at(at.parent_pointer()).erase(at.back());
    WorkingFolder::write("gt/a_0_0_gtBbox3d.json", truth.dump());
    const auto ran = run(R"({"objects": []})");
    EXPECT_EQ(ran.exit_code, 2) << pointer;
    EXPECT_THAT(ran.err, HasSubstr("\"" + at.back() + "\" is missing")) << pointer;
  }
}

TEST_F(DetectionFiles, ACameraThatIsNoRotationIsAnError) {
  auto truth = json::parse(kTruth);
  truth["sensor"]["sensor_T_ISO_8855"][0][0] = 2;
  WorkingFolder::write("gt/a_0_0_gtBbox3d.json", truth.dump());
  const auto ran = run(R"({"objects": []})");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("a rotation matrix"));
}

}  // namespace
}  // namespace triptych::metrics
