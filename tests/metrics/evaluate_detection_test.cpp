// detection3d: files and entries.
#include "command_line.h"

namespace triptych::metrics {
namespace {

using nlohmann::json;
using testing::HasSubstr;

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
  /// Whether the one truth box is found by its modal box, at score 1 too.
  static bool finds(const std::string& prediction) {
    std::filesystem::remove_all("boxes");
    WorkingFolder::write("boxes/a_0_0_pred.json", prediction);
    return found_in_boxes().json()["AP"]["car"]["auc"] == 1.0;
  }
  static Ran found_in_boxes() {
    return evaluate(words(
        "detection3d --layout cityscapes3d --truth gt --prediction boxes --json --matching modal"));
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
      {R"({"score": null, "2d": null})", "missing"},
      {R"({"2d": 7})", "2d is 7, not an object"},
      {R"({"3d": [1, 2]})", "3d is an array of 2, not an object"}};
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

TEST_F(DetectionFiles, BboxAndBboxVisAreTheAmodalAndTheModalBox) {
  auto truth = json::parse(kTruth);
  truth["objects"][0]["2d"] = {{"bbox", {900, 450, 100, 100}}, {"bboxVis", {900, 450, 40, 40}}};
  WorkingFolder::write("gt/a_0_0_gtBbox3d.json", truth.dump());
  const auto found = [&](const json& flat) {
    std::filesystem::remove_all("boxes");
    auto box = json::parse(entry("{}"));
    box["objects"][0]["2d"] = flat;
    WorkingFolder::write("boxes/a_0_0_pred.json", box.dump());
    const auto ran = evaluate(words(
        "detection3d --layout cityscapes3d --truth gt --prediction boxes --json --matching modal"));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.err, testing::Not(HasSubstr("skipped")));
    return ran.json()["AP"]["car"]["auc"].get<double>();
  };
  EXPECT_EQ(found({{"bbox", {0, 0, 5, 5}}, {"bboxVis", {900, 450, 40, 40}}}), 1.0);
  EXPECT_EQ(found({{"amodal", {0, 0, 5, 5}}, {"modal", {900, 450, 40, 40}}}), 1.0);
  EXPECT_EQ(found({{"amodal", {900, 450, 40, 40}}}), 1.0);  // serves as modal
  EXPECT_EQ(found({{"amodal", {900, 450, 40, 40}}, {"modal", {0, 0, 5, 5}}}), 0.0);
}

// The official reader looks for them first.
TEST_F(DetectionFiles, BboxWithBboxVisGoesBeforeAmodalAndModal) {
  auto truth = json::parse(kTruth);
  truth["objects"][0]["2d"] = {{"amodal", {0, 0, 5, 5}},
                               {"modal", {0, 0, 5, 5}},
                               {"bbox", {900, 450, 100, 100}},
                               {"bboxVis", {900, 450, 100, 100}}};
  WorkingFolder::write("gt/a_0_0_gtBbox3d.json", truth.dump());
  EXPECT_TRUE(finds(entry("{}")));
  EXPECT_TRUE(finds(entry(R"({"2d": {"amodal": [0, 0, 5, 5], "modal": [0, 0, 5, 5],
      "bbox": [0, 0, 5, 5], "bboxVis": [900, 450, 100, 100]}})")));
}

// Python counts true as 1, and so does the official evaluator.
TEST_F(DetectionFiles, AScoreOfTrueIsOne) {
  ASSERT_TRUE(finds(entry(R"({"score": true})")));
  EXPECT_EQ(found_in_boxes().json()["AP"]["car"]["data"]["recall"][50], 1.0);
}

TEST_F(DetectionFiles, OfSeveralPredictionsForAnImageTheLastPathCountsAndTheOtherIsReported) {
  WorkingFolder::write("boxes/b/a_0_0_x.json", entry("{}"));
  WorkingFolder::write("boxes/a/a_0_0_y.json", R"({"objects": []})");
  const auto ran = found_in_boxes();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.json()["AP"]["car"]["auc"], 1.0);
  EXPECT_THAT(ran.err, HasSubstr("boxes/a/a_0_0_y.json is not used"));
  EXPECT_THAT(ran.err, HasSubstr("boxes/b/a_0_0_x.json"));
}

TEST_F(DetectionFiles, ASecondTruthForAnImageIsAnError) {
  WorkingFolder::write("gt/b/a_0_0_gtBbox3d.json", kTruth);
  const auto ran = run(entry("{}"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("a second ground truth for image 'a_0_0'"));
}

// Q5: the size is a constant of the benchmark. Visibility has no influence either.
TEST_F(DetectionFiles, ImageSizeOcclusionAndTruncationAreNotRead) {
  const auto first = run(entry("{}")).json();
  auto truth = json::parse(kTruth);
  truth["imgWidth"] = 10;
  truth["imgHeight"] = "none";
  truth["objects"][0]["occlusion"] = 1.0;
  truth["objects"][0]["truncation"] = 0.9;
  WorkingFolder::write("gt/a_0_0_gtBbox3d.json", truth.dump());
  EXPECT_EQ(run(entry("{}")).json(), first);
}

// The amodal box of a prediction is computed from its 3D box; the one in the file is not looked at.
TEST_F(DetectionFiles, TheAmodalBoxOfAPredictionIsRecomputed) {
  const auto first = run(entry("{}")).json();
  const auto other =
      run(entry(R"({"2d": {"amodal": [0, 0, 1, 1], "modal": [900, 450, 100, 100]}})"));
  EXPECT_EQ(other.json()["AP"], first["AP"]);
  const auto broken =
      run(entry(R"({"2d": {"amodal": [null, "x"], "modal": [900, 450, 100, 100]}})"));
  EXPECT_EQ(broken.json()["AP"], first["AP"]);
}

TEST_F(DetectionFiles, AMissingFileCountsAsNoDetections) {
  const auto out = run(R"({"objects": []})", "b_0_0_pred.json").json();
  EXPECT_EQ(out["GT_stats"]["car"], 1);
  EXPECT_EQ(out["AP"]["car"]["auc"], 0.0);
  EXPECT_EQ(out["mAP"], 0.0);
}

TEST_F(DetectionFiles, EveryOptionIsInTheParametersOfTheResult) {
  WorkingFolder::write("boxes/a_0_0_pred.json", entry("{}"));
  const auto ran = evaluate(
      words("detection3d --layout cityscapes3d --truth gt --prediction boxes --json --matching "
            "modal --min-iou 0.25 --max-depth 60 --step 10 --confidence 0.31 --labels truck,car"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto parameters = ran.json()["eval_params"];
  EXPECT_EQ(parameters["labels"], (json{"truck", "car"}));
  EXPECT_EQ(parameters["min_iou_to_match"], 0.25);
  EXPECT_EQ(parameters["max_depth"], 60);
  EXPECT_EQ(parameters["step_size"], 10);
  EXPECT_EQ(parameters["matching_method"], "Modal");
  EXPECT_EQ(ran.json()["working_confidence"]["car"], 0.32);  // the smallest s_i not below 0.31
  EXPECT_EQ(ran.json()["GT_stats"].size(), 2u);
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
      {R"({"objects": [5]})", "/objects/0: found 5 [metrics.141]; expected an object"},
      {entry(R"({"2d": {"amodal": [1, 2, 3]}})"), "/objects/0/2d/amodal: found an array of 3"},
      {std::string(200, '['), "nest deeper than 64"},
      {"{\"objects\": [\xff\xfe]}", "not JSON"}};
  for (const auto& [text, message] : cases) {
    const auto ran = run(text);
    EXPECT_EQ(ran.exit_code, 2) << text;
    EXPECT_THAT(ran.err, HasSubstr(message)) << text;
  }
}

TEST_F(DetectionFiles, MalformedTruthIsOneClearError) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "gt/a_0_0_gtBbox3d.json:1:1: not JSON"},
           {"[1]", "gt/a_0_0_gtBbox3d.json"},
           {R"({"objects": {}, "sensor": {}, "ignore": []})", "gt/a_0_0_gtBbox3d.json"}}) {
    WorkingFolder::write("gt/a_0_0_gtBbox3d.json", text);
    const auto ran = run(R"({"objects": []})");
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
