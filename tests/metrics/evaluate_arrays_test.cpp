// Arrays that cannot be scored, and values that are allowed.
#include <cmath>

#include "command_line.h"
#include "written_files.h"

namespace triptych::metrics {
namespace {

using nlohmann::json;
using testing::HasSubstr;

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

TEST_F(EvaluateArrays, ArraysWithoutAnImageStillHaveTheirClasses) {
  write<float>("none.npy", "<f4", "(0, 4, 5)", {});
  for (const std::string form : {"semseg --classes 3", "human_parts --classes 3"}) {
    const auto ran = evaluate(words(form + " --truth none.npy --prediction none.npy --json"));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const auto out = ran.json();
    for (const auto* key : {"IoU", "tp", "fp", "fn"}) EXPECT_EQ(out[key].size(), 3u) << form;
    EXPECT_TRUE(out["mIoU"].is_null()) << form;
    EXPECT_EQ(out["images"], 0) << form;
    if (out.contains("images_left_out")) EXPECT_EQ(out["images_left_out"], 0);
  }
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

}  // namespace
}  // namespace triptych::metrics
