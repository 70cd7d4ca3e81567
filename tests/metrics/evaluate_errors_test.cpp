// What the command line says of wrong options and of files that do not fit.
#include "evaluate_fixtures.h"
#include "triptych/metrics/png.h"
#include "written_files.h"

namespace triptych::metrics {
namespace {

using nlohmann::json;
using testing::HasSubstr;

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
      {semseg + "--classes 5 --class-names road,car", "2 names for 5 classes"},
      {"semseg --layout cityscapes --truth gtFine --prediction labels --class-names a,b",
       "--class-names"},
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
      {"semseg --layout cityscapes --truth gtFine --prediction labels --ignore 3", "--ignore"},
      {semseg + "--classes 5 --resolution half_odd", "--resolution"},
      {semseg + "--classes 5 --variant classic", "unknown variant"},
      {boxes + "--min-iou 1.5", "--min-iou"},
      {boxes + "--min-iou nan", "--min-iou"},
      {boxes + "--confidence nan", "auto or 0..1"},
      {"edges --truth label_maps --prediction boundaries --max-distance nan", "--max-distance"},
      {"depth --prediction depth.npy --truth=", "--truth: 1 required TEXT missing"},
      {"edges --truth label_maps --prediction boundaries --max-distance 2", "--max-distance"},
      {"edges --truth label_maps --prediction boundaries --variant seism(3)", "metrics.002"},
      {"normals --truth normals.npy --prediction predicted_normals.npy --variant mtan", "mtan"},
      {"saliency --truth saliency.npy --prediction predicted_saliency.npy --variant maxf",
       "unknown variant"},
      {"human_parts --truth parts.npy --prediction predicted_parts.npy --classes 0", "1..65536"},
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

TEST_F(EvaluateFixtures, WordsThatCannotBeParsedAreTheOneErrorForm) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"depth --truth depth.npy",
       "triptych evaluate depth: --prediction is required [usage.000]; triptych evaluate depth "
       "--help shows what it takes."},
      {"depth --truht a --prediction b", "Did you mean \"--truth\"?"},
      {"semseg --truth a --prediction b --class 3", "[usage.000]; Did you mean \"--classes\"?"},
      {"@latest --varient x", "triptych evaluate: "},
      {"--json depth", "'--json' is neither a metric nor a run [evaluate.009]; expected one of"},
      {"", "neither a metric nor a run is given [evaluate.009]"}};
  for (const auto& [command, message] : wrong) {
    const auto ran = evaluate(words(command));
    EXPECT_EQ(ran.exit_code, 2) << command;
    EXPECT_EQ(ran.out, "") << command;
    EXPECT_THAT(ran.err, HasSubstr(message)) << command;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

// Nothing is lost in silence when the disk is full.
TEST_F(EvaluateFixtures, AResultThatCannotBeWrittenIsAFailure) {
  const std::string program = TRIPTYCH_BINARY_DIR "/tests/evaluate_program ";
  const std::string depth = "depth --truth depth.npy --prediction predicted_depth.npy ";
  for (const std::string end : {"> /dev/full", "--json > /dev/full", "--per-image /dev/full"}) {
    const int status = std::system((program + depth + end + " 2> told.txt").c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1) << end;
    EXPECT_THAT(WorkingFolder::read("told.txt"), HasSubstr("evaluate.012")) << end;
  }
}

TEST_F(EvaluateFixtures, ThePerImageFileIsAskedForBeforeAnythingIsComputed) {
  std::filesystem::create_directory("folder.csv");
  for (const std::string file : {"no/such/folder.csv", "folder.csv"}) {
    const auto ran =
        evaluate(words("depth --truth absent.npy --prediction absent.npy --per-image " + file));
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, HasSubstr(file));
    EXPECT_THAT(ran.err, HasSubstr("evaluate.003"));
  }
}

TEST_F(EvaluateFixtures, AnEmptyPathNamesItsOption) {
  const auto ran = evaluate({"depth", "--truth", "", "--prediction", "depth.npy"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--truth: is empty"));
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

TEST_F(EvaluateFixtures, DamagedArraysAreNamedInEveryFormThatReadsThem) {
  WorkingFolder::write("text.npy", "no array");
  WorkingFolder::write("short.npy", WorkingFolder::read("labels.npy").substr(0, 150));
  WorkingFolder::write("complex.npy", npy("<c8", "(1, 1, 1)", std::vector<double>{0}));
  for (const std::string form :
       {"semseg --classes 5", "human_parts", "depth", "normals", "saliency"}) {
    for (const std::string file : {"text.npy", "short.npy", "complex.npy"}) {
      const auto ran = evaluate(words(form + " --truth " + file + " --prediction " + file));
      EXPECT_EQ(ran.exit_code, 2) << form << " " << file;
      EXPECT_THAT(ran.err, HasSubstr(file + ": ")) << form;
      EXPECT_THAT(ran.err, HasSubstr("[metrics.11")) << form;
      EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    }
  }
}

TEST_F(EvaluateFixtures, CityscapesIdsAboveThirtyThreeNameTheFile) {
  const auto file = *std::filesystem::directory_iterator("labels/bonn");
  auto image = read_png8(file.path());
  image.pixels[7] = 34;
  const std::vector<std::uint16_t> samples(image.pixels.begin(), image.pixels.end());
  const auto bytes = png(image.width, image.height, 8, PNG_COLOR_TYPE_GRAY, samples);
  WorkingFolder::write(file.path(), {bytes.begin(), bytes.end()});
  const auto ran = evaluate(words("semseg --layout cityscapes --truth gtFine --prediction labels"));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr(file.path().filename().string()));
  EXPECT_THAT(ran.err, HasSubstr("34"));
}

TEST_F(EvaluateFixtures, CityscapesPredictionsOfSixteenBitsAreTheirIds) {
  const std::string command =
      "semseg --layout cityscapes --truth gtFine --prediction labels --json";
  const auto before = evaluate(words(command)).out;
  const auto file = *std::filesystem::directory_iterator("labels/bonn");
  const auto image = read_png8(file.path());
  std::vector<std::uint16_t> samples(image.pixels.begin(), image.pixels.end());
  const auto write = [&] {
    const auto bytes = png(image.width, image.height, 16, PNG_COLOR_TYPE_GRAY, samples);
    WorkingFolder::write(file.path(), {bytes.begin(), bytes.end()});
  };
  write();
  EXPECT_EQ(evaluate(words(command)).out, before);
  samples[5] = 290;  // not 34 = 290 mod 256
  write();
  const auto ran = evaluate(words(command));
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr(file.path().filename().string() + ": pixel 5 holds label id 290"));
}

TEST_F(EvaluateFixtures, TruthFoldersWithoutAFileOfTheLayoutAreNamed) {
  std::filesystem::create_directory("empty");
  for (const std::string form :
       {"edges", "semseg --layout cityscapes", "detection3d --layout cityscapes3d"}) {
    const auto ran = evaluate(words(form + " --truth empty --prediction empty"));
    EXPECT_EQ(ran.exit_code, 2) << form;
    EXPECT_THAT(ran.err, HasSubstr("evaluate.004")) << form;
  }
}

}  // namespace
}  // namespace triptych::metrics
