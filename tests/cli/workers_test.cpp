#include "workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "triptych/error.h"

namespace triptych::cli {
namespace {

// Linux takes no argument of 128 KiB or more (MAX_ARG_STRLEN), so that no process can start.
TEST(Workers, SayWhyAProcessCannotBeStarted) {
  try {
    const Workers workers(1, {std::string(1 << 18, 'x')}, "study", "");
    FAIL() << "started";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "usage.010");
    EXPECT_THAT(error.what(), testing::HasSubstr("--jobs: cannot start another process"));
    EXPECT_THAT(error.what(), testing::HasSubstr("Run with fewer jobs."));
  }
}

}  // namespace
}  // namespace triptych::cli
