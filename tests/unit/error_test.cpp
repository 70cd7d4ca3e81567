#include "triptych/error.h"

#include <gtest/gtest.h>

namespace triptych {
namespace {

TEST(Problem, TextIsTheOneErrorForm) {
  const Problem problem{.code = "manifest.104",
                        .message = "unknown parameter of fusion 'gated'",
                        .file = "exp.json",
                        .line = 14,
                        .column = 9,
                        .pointer = "/slots/fusion/0/gate_logits",
                        .expected = "it has: gate_logit",
                        .suggestion = "Did you mean \"gate_logit\"?"};
  EXPECT_EQ(problem.text(),
            "exp.json:14:9: /slots/fusion/0/gate_logits: unknown parameter of fusion 'gated' "
            "[manifest.104]; it has: gate_logit. Did you mean \"gate_logit\"?");
}

TEST(NearestWord, FindsSwappedLetters) {
  EXPECT_EQ(nearest_word("swni", {"swin", "conv_pyramid"}), "swin");
}

TEST(NearestWord, IsEmptyWhenNothingIsNear) {
  EXPECT_EQ(nearest_word("transformer", {"swin", "conv"}), "");
}

TEST(NearestWord, DoesNotMatchTheEmptyWord) { EXPECT_EQ(nearest_word("", {"ab"}), ""); }

TEST(Error, CarriesAllProblems) {
  const Error error(
      {Problem{.code = "a.1", .message = "one"}, Problem{.code = "a.2", .message = "two"}});
  EXPECT_EQ(error.problems().size(), 2u);
  EXPECT_STREQ(error.what(), "one [a.1]\ntwo [a.2]");
}

}  // namespace
}  // namespace triptych
