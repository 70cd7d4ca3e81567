#pragma once

// A copy of the fixtures to work in.
#include "command_line.h"

namespace triptych::metrics {

class EvaluateFixtures : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy(kFixtures, ".", std::filesystem::copy_options::recursive);
  }
  WorkingFolder folder_;
};

}  // namespace triptych::metrics
