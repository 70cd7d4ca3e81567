#include "triptych/host/border.h"

#include <gmock/gmock.h>

#include "fixture.h"

namespace triptych::host {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class BorderTest : public HostTest {
 protected:
  // What building the fixture throws, seen from outside the border.
  Problem built_with(const std::string& kind) {
    const auto host = host_at(TRIPTYCH_FIXTURES);
    const auto& info = host.info("fusion", "throws_when_built");
    const auto params =
        default_params("fusion", host.spec("fusion", "throws_when_built")).with("kind", kind);
    const auto& factory = host.fusion("throws_when_built");
    return problem_of(
        [&] { at_border(doing("building", info), [&] { return factory.build(params, Dims{}); }); });
  }
};

TEST_F(BorderTest, AnExceptionOfThePluginsOwnBecomesAnErrorThatNamesIt) {
  const auto problem = built_with("own");
  EXPECT_EQ(problem.code, "host.040");
  EXPECT_THAT(problem.message, StartsWith("while building fusion 'throws_when_built' ("));
  EXPECT_THAT(problem.message, EndsWith("throws_when_built.so): own exception"));
}

TEST_F(BorderTest, ATorchErrorKeepsItsTextWithoutTheStack) {
  const auto problem = built_with("torch");
  EXPECT_EQ(problem.code, "host.040");
  EXPECT_THAT(problem.message, EndsWith("a torch check failed"));
  EXPECT_THAT(problem.message, Not(HasSubstr("frame #")));
}

TEST_F(BorderTest, AnythingElseThatIsThrownBecomesAnError) {
  EXPECT_THAT(built_with("number").message,
              EndsWith("it threw something that is not a std::exception"));
}

TEST_F(BorderTest, AnErrorKeepsItsCodeAndRemedy) {
  const auto problem = built_with("error");
  EXPECT_EQ(problem.code, "fixture.001");
  EXPECT_EQ(problem.suggestion, "Do not use it.");
  EXPECT_THAT(problem.message, HasSubstr("fixture: a plugin's own error"));
}

TEST_F(BorderTest, AValueComesThrough) {
  EXPECT_EQ(at_border("while adding", [] { return 1 + 1; }), 2);
}

}  // namespace
}  // namespace triptych::host
