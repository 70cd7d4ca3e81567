#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include <triptych/report/statistics.h>

namespace triptych::report {
namespace {

using Values = std::vector<double>;

// Student's own data (1908): hours of sleep gained by ten patients under two drugs, differences.
// Published result: t = 4.0621, p = 0.002833, 95 % interval 0.7001142 to 2.4598858 (R, ?sleep).
const Values kSleep = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};

TEST(PairedT, AgreesWithStudentsSleepData) {
  const auto test = paired_t_test(kSleep);
  EXPECT_EQ(test.n, 10);
  EXPECT_NEAR(*test.difference, 1.58, 1e-12);
  EXPECT_NEAR(*test.p, 0.002832890197384256, 1e-12);
  EXPECT_NEAR(*test.low, 0.7001142373, 1e-9);
  EXPECT_NEAR(*test.high, 2.4598857627, 1e-9);
  EXPECT_EQ(test.why, "");
}

// scipy 1.17: ttest_1samp([...], 0) and its confidence_interval().
TEST(PairedT, AgreesWithScipy) {
  const auto test = paired_t_test(Values{0.012, -0.004, 0.021, 0.009, 0.017, 0.001});
  EXPECT_NEAR(*test.p, 0.06074068138425973, 1e-12);
  EXPECT_NEAR(*test.low, -0.0006151098908054372, 1e-12);
  EXPECT_NEAR(*test.high, 0.019281776557472104, 1e-12);
}

// With two degrees of freedom p = 1 - t / sqrt(t^2 + 2). Differences 1, 2, 6: mean 3, sd sqrt(7),
// t = 3 / sqrt(7/3) = 1.96396, p = 1 - 1.96396 / sqrt(5.85714) = 0.18850.
TEST(PairedT, AgreesWithTheClosedFormForThreePairs) {
  const auto test = paired_t_test(Values{1, 2, 6});
  const double t = 3 / std::sqrt(7.0 / 3.0);
  EXPECT_NEAR(*test.p, 1 - t / std::sqrt(t * t + 2), 1e-12);
}

TEST(PairedT, OfFewerThanTwoPairsIsNothingWithAReason) {
  const auto none = paired_t_test({});
  EXPECT_EQ(none.difference, std::nullopt);
  EXPECT_EQ(none.why, "no common seeds");
  const auto one = paired_t_test(Values{0.5});
  EXPECT_EQ(one.difference, 0.5);
  EXPECT_EQ(one.p, std::nullopt);
  EXPECT_EQ(one.low, std::nullopt);
  EXPECT_THAT(one.why, testing::HasSubstr("at least two"));
}

TEST(PairedT, WithoutSpreadIsNothingUnlessAllAreZero) {
  EXPECT_EQ(paired_t_test(Values{0.1, 0.1, 0.1}).p, std::nullopt);
  EXPECT_EQ(paired_t_test(Values{0, 0, 0}).p, 1.0);
}

TEST(Spread, UsesNMinusOne) {
  // Mean 5, squares 9+1+1+1+0+0+4+16 = 32, 32 / 7.
  EXPECT_NEAR(*standard_deviation(Values{2, 4, 4, 4, 5, 5, 7, 9}), std::sqrt(32.0 / 7.0), 1e-15);
  EXPECT_EQ(standard_deviation(Values{3}), std::nullopt);
  EXPECT_EQ(mean({}), std::nullopt);
}

// The usual tables of the paired t test (two-sided 0.05, power 0.8): 199, 34, 15 and 10 pairs for
// standardised differences of 0.2, 0.5, 0.8 and 1.
TEST(SeedsNeeded, AgreesWithPublishedTables) {
  EXPECT_EQ(seeds_needed(0.2, 1), 199);
  EXPECT_EQ(seeds_needed(-0.5, 1), 34);
  EXPECT_EQ(seeds_needed(8, 10), 15);
  EXPECT_EQ(seeds_needed(1, 1), 10);
}

TEST(SeedsNeeded, IsNothingWithoutADifferenceOrASpread) {
  EXPECT_EQ(seeds_needed(0, 1), std::nullopt);
  EXPECT_EQ(seeds_needed(1, 0), std::nullopt);
}

TEST(Judge, FollowsTheDirection) {
  EXPECT_EQ(judge(kSleep, /*higher_is_better=*/true).verdict, Verdict::better);
  EXPECT_EQ(judge(kSleep, /*higher_is_better=*/false).verdict, Verdict::worse);
}

TEST(Judge, NeverCallsAnInsignificantDifferenceTheSame) {
  const Values noisy = {1, -0.5, 0.4, 0.6};
  const auto judgement = judge(noisy, true);
  EXPECT_EQ(judgement.verdict, Verdict::cannot_tell);
  EXPECT_THAT(judgement.why, testing::MatchesRegex("needs about [0-9]+ seeds"));
}

TEST(Judge, CallsTheSameOnlyInsideTheMargin) {
  // Mean 0.01, sd 0.02 (squares 2 * 0.0004 * 1.5 over 3): interval of level 0.9 for n = 4 is
  // 0.01 +- 2.353363 * 0.02 / 2 = [-0.0135, 0.0335].
  const Values close = {0.01 - 0.02 * std::sqrt(1.5), 0.01, 0.01, 0.01 + 0.02 * std::sqrt(1.5)};
  EXPECT_EQ(judge(close, true, 0.034).verdict, Verdict::same);
  EXPECT_EQ(judge(close, true, 0.033).verdict, Verdict::cannot_tell);
  EXPECT_EQ(judge(close, true).verdict, Verdict::cannot_tell);
}

TEST(Judge, EqualValuesAreTheSame) {
  EXPECT_EQ(judge(Values{0, 0, 0}, true).verdict, Verdict::same);
  EXPECT_EQ(judge(Values{0.1, 0.1}, true).verdict, Verdict::cannot_tell);
}

TEST(Judge, WithOnePairCannotTell) {
  EXPECT_EQ(judge(Values{100}, true).verdict, Verdict::cannot_tell);
}

// Two equal methods: "better" or "worse" may be said in one of twenty comparisons. 10000 simulated
// comparisons have a standard error of 0.22 %, so one point of tolerance is 4.6 of them.
TEST(Judge, IsWrongAboutEqualMethodsInOneOfTwenty) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise;
  for (const int seeds : {3, 6}) {
    int wrong = 0;
    for (int trial = 0; trial < 10'000; ++trial) {
      Values differences;
      for (int i = 0; i < seeds; ++i) differences.push_back(noise(random) - noise(random));
      if (*paired_t_test(differences).p < kAlpha) ++wrong;
    }
    EXPECT_NEAR(wrong / 10'000.0, 0.05, 0.01) << seeds << " seeds";
  }
}

}  // namespace
}  // namespace triptych::report
