#include "triptych/spec.h"

#include <gtest/gtest.h>

#include "triptych/dims.h"
#include "triptych/error.h"

namespace triptych {
namespace {

Spec example() {
  return Spec("example", "An example.")
      .param("count", 3, "how many", at_least(1))
      .param("rate", 0.5, "share", between(0, 1))
      .param("is_on", true, "switch")
      .param("mode", "sum", "how to join", one_of({"sum", "gate"}))
      .param("depths", std::vector<std::int64_t>{2, 2}, "blocks per stage")
      .required("file", ParamType::kText, "path of the module");
}

TEST(Spec, TakesTheTypeFromTheDefault) {
  EXPECT_EQ(example().find("count")->type, ParamType::kInteger);
  EXPECT_EQ(example().find("rate")->type, ParamType::kNumber);
  EXPECT_EQ(example().find("is_on")->type, ParamType::kFlag);
  EXPECT_EQ(example().find("mode")->type, ParamType::kText);
  EXPECT_EQ(example().find("depths")->type, ParamType::kIntegers);
}

TEST(Params, RecordWhatWasRead) {
  const auto params = default_params("fusion 'example'", example());
  EXPECT_EQ(params.integer("count"), 3);
  EXPECT_EQ(params.consumed(), std::set<std::string>{"count"});
}

TEST(Params, UndeclaredNameIsThePluginsFault) {
  const auto params = default_params("fusion 'example'", example());
  try {
    (void)params.number("missing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "plugin.020");
    EXPECT_NE(error.problem().message.find("missing"), std::string::npos);
  }
}

TEST(Params, OtherTypeThanTheSpecsIsThePluginsFault) {
  const auto params = default_params("fusion 'example'", example());
  try {
    (void)params.text("count");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "plugin.020");
    EXPECT_NE(error.problem().message.find("as a text, but the value is 3"), std::string::npos)
        << error.what();
  }
}

TEST(Dims, LetterThatStandsForNothingIsThePluginsFault) {
  const Dims dims;
  EXPECT_EQ(dims["T"], 0);
  try {
    (void)dims["K"];
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "plugin.021");
    EXPECT_NE(error.problem().message.find("'K'"), std::string::npos);
    EXPECT_EQ(error.problem().suggestion, "Letters are T, P, H, W, C and S.");
  }
}

TEST(Params, TextOfNumbersKeepsTheType) {
  EXPECT_EQ(to_text(ParamValue(1.0)), "1.0");
  EXPECT_EQ(to_text(ParamValue(std::int64_t{1})), "1");
  EXPECT_EQ(to_text(ParamValue(std::vector<double>{0.5, 2})), "[0.5, 2.0]");
}

TEST(Range, SaysItsBounds) {
  EXPECT_EQ(at_least(1).text(), "at least 1");
  EXPECT_EQ(between(0, 0.5).text(), "0 to 0.5");
  EXPECT_EQ(one_of({"a", "b"}).text(), "one of: a, b");
}

}  // namespace
}  // namespace triptych
