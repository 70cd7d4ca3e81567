// Every error code of the metrics library and of the command, provoked.
#include <map>
#include <regex>
#include <set>

#include "evaluate_fixtures.h"
#include "stored_results.h"
#include "triptych/error.h"
#include "triptych/metrics/columns.h"
#include "triptych/metrics/normals.h"
#include "triptych/metrics/order_statistic.h"
#include "triptych/metrics/per_image.h"
#include "written_files.h"

namespace triptych::metrics {
namespace {

using testing::HasSubstr;

// The codes of a page that lists them.
std::set<std::string> listed(const std::string& area) {
  const auto page = WorkingFolder::read(std::filesystem::path(TRIPTYCH_SOURCE_DIR) /
                                        "platform/docs/errors.d" / (area + ".md"));
  const std::regex row("\\n\\| (" + area + "\\.[0-9]{3}) \\|");
  std::set<std::string> codes;
  for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
    codes.insert((*at)[1]);
  }
  return codes;
}

template <class Call>
std::string code_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.problem().code;
  }
  return "";
}

class EvaluateCodes : public EvaluateFixtures {
 protected:
  void SetUp() override {
    EvaluateFixtures::SetUp();
    std::filesystem::create_directory("empty");
    const float nan = std::nanf("");
    WorkingFolder::write("nan.npy", npy<float>("<f4", "(1, 2)", {nan, 1}));
    WorkingFolder::write("half.npy", npy<float>("<f4", "(1, 2)", {0.5, 1}));
    WorkingFolder::write("one.npy", npy<float>("<f4", "(1, 2)", {1, 1}));
    WorkingFolder::write("logit.npy", npy<float>("<f4", "(1, 2)", {7, 1}));
    WorkingFolder::write("int.npy", npy<std::int32_t>("<i4", "(1, 2)", {0, 1}));
    WorkingFolder::write("float16.npy", npy<std::uint16_t>("<f2", "(1, 2)", {0, 1}));
    WorkingFolder::write("list.npy", npy<float>("<f4", "(2,)", {0, 1}));
    WorkingFolder::write("short.npy", npy<float>("<f4", "(1, 3)", {0, 1}));
    WorkingFolder::write("text.npy", "no array");
    write_run("r.db", kManifest, {semseg_results(), depth_results()});
    write_run("failed.db", kManifest, {}, {.status = "failed"});
    write_boxes("text", "no json");
    write_boxes("field", R"({"objects": 5})");
    write_boxes("large", "{}");
    std::filesystem::resize_file("large/" + kBoxes, (std::uintmax_t{1} << 28) + 1);  // sparse
    write_map("damaged", "no picture");
    const auto rgb = png(52, 40, 8, PNG_COLOR_TYPE_RGB, std::vector<std::uint16_t>(52 * 40 * 3));
    write_map("rgb", {rgb.begin(), rgb.end()});
  }
  /// A folder of predicted boxes, one file of which is `text`.
  static void write_boxes(const std::string& folder, const std::string& text) {
    std::filesystem::copy("boxes", folder, std::filesystem::copy_options::recursive);
    WorkingFolder::write(folder + "/" + kBoxes, text);
  }
  /// A folder of predicted boundaries, one file of which is `bytes`.
  static void write_map(const std::string& folder, const std::string& bytes) {
    std::filesystem::copy("boundaries", folder);
    WorkingFolder::write(folder + "/000.png", bytes);
  }
  static inline const std::string kBoxes = "bonn/bonn_000000_000000_pred.json";
};

// What a stranger types, and the code, the place and the remedy that he reads.
TEST_F(EvaluateCodes, EachIsProvokedAndNamesWhereItIs) {
  const std::string boxes = "detection3d --layout cityscapes3d --truth gtBbox3d --prediction ";
  const std::string depth = "depth --truth depth.npy --prediction predicted_depth.npy ";
  const std::map<std::string, std::pair<std::string, std::string>> commands{
      {"evaluate.001", {"edges --truth absent --prediction boundaries", "absent"}},
      {"evaluate.002", {depth + "--ignore 3", "--ignore"}},
      {"evaluate.003", {depth + "--per-image no/such/file.csv", "no/such/file.csv"}},
      {"evaluate.004", {"edges --truth empty --prediction boundaries", "empty"}},
      {"evaluate.005", {"edges --truth label_maps --prediction empty", "empty/000.png"}},
      {"evaluate.006", {"depth --truth one.npy --prediction nan.npy", "nan.npy: image 0, row 0"}},
      {"evaluate.007",
       {"semseg --truth half.npy --prediction one.npy --classes 2", "half.npy: image 0, row 0"}},
      {"evaluate.008", {"saliency --truth one.npy --prediction int.npy", "int.npy"}},
      {"evaluate.009", {"semsge", "semsge"}},
      {"evaluate.010", {"@latest --db failed.db", "status is failed"}},
      {"evaluate.011", {"@latest --db r.db --task depth --max 10", "--max"}},
      {"metrics.001", {depth + "--variant polled", "polled"}},
      {"metrics.002", {depth + "--variant batch_mean", "batch_mean(images per batch)"}},
      {"metrics.011",
       {"semseg --truth logit.npy --prediction one.npy --classes 2", "logit.npy: image 0, row 0"}},
      {"metrics.012", {"depth --truth depth.npy --prediction one.npy", "one.npy"}},
      {"metrics.013", {depth + "--min 8 --max 8", "--min and --max"}},
      {"metrics.016", {"saliency --truth one.npy --prediction logit.npy", "logit.npy: image 0"}},
      {"metrics.100", {"depth --truth one.npy --prediction absent.npy", "absent.npy"}},
      {"metrics.101", {boxes + "large", "large/" + kBoxes}},
      {"metrics.110", {"depth --truth one.npy --prediction text.npy", "text.npy"}},
      {"metrics.111", {"depth --truth one.npy --prediction float16.npy", "float16.npy"}},
      {"metrics.112", {"depth --truth one.npy --prediction list.npy", "list.npy"}},
      {"metrics.113", {"depth --truth one.npy --prediction short.npy", "short.npy"}},
      {"metrics.120", {"edges --truth label_maps --prediction damaged", "damaged/000.png"}},
      {"metrics.121", {"edges --truth label_maps --prediction rgb", "rgb/000.png"}},
      {"metrics.140", {boxes + "text", "text/" + kBoxes + ":1:2"}},
      {"metrics.141", {boxes + "field", "field/" + kBoxes + ": /objects: found 5"}}};
  std::set<std::string> provoked;
  for (const auto& [code, command] : commands) {
    const auto ran = evaluate(words(command.first));
    EXPECT_EQ(ran.exit_code, 2) << code;
    EXPECT_EQ(ran.out, "") << code;
    EXPECT_THAT("\n" + ran.err, HasSubstr("\nerror: ")) << "as of every verb, after its notes";
    EXPECT_THAT(ran.err, HasSubstr("[" + code + "]")) << command.first;
    EXPECT_THAT(ran.err, HasSubstr(command.second)) << code;
    EXPECT_THAT(ran.err, testing::ContainsRegex("\\[" + code + "\\]; .+")) << "and what to do";
    provoked.insert(code);
  }
  // Those that only the library gives.
  PerImage<int> images;
  images.add(1, 1);
  const std::vector<NormalsImage> unmeasured(1);
  std::vector<double> row(1);
  for (const auto& code :
       {code_of([&] { images.add(1, 2); }), code_of([] { ExactMedian().add(std::vector{-1.0}); }),
        code_of([&] { (void)score_normals(unmeasured); }), code_of([&] {
          Columns({"a"}).write({{"b", 1}}, row);
        })}) {
    provoked.insert(code);
  }
  provoked.insert("evaluate.012");  // AResultThatCannotBeWrittenIsAFailure, in evaluate_errors_test
  auto expected = listed("metrics");
  EXPECT_GT(expected.size(), 15u);
  expected.merge(listed("evaluate"));
  EXPECT_EQ(provoked, expected);
}

}  // namespace
}  // namespace triptych::metrics
