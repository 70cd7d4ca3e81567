// The models here are tiny: more threads only wait for each other.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace {

class OneThread final : public testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};

[[maybe_unused]] const auto* const one_thread =
    testing::AddGlobalTestEnvironment(new OneThread);  // gtest owns it

}  // namespace
