#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include <triptych/store/store.h>

namespace triptych::store {

/// A fresh folder for each test, removed afterwards.
class InFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("triptych_") + info->test_suite_name() + "_" + info->name() + "_" +
               std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path database() const { return folder_ / "results.db"; }

  std::filesystem::path folder_;
};

/// A study of `num_points` variants, seeds 1, 2, ...
inline Plan small_plan(int num_points, const std::string& study = "demo",
                       const std::string& prefix = "point") {
  Plan plan{.study = study, .protocol = "streets-small/1", .manifest = "{}", .points = {}};
  for (int i = 0; i < num_points; ++i) {
    plan.points.push_back({.point_id = prefix + std::to_string(i),
                           .role = "variant",
                           .label = "demo",
                           .seed = i + 1,
                           .manifest = "{}",
                           .serves_as = {}});
  }
  return plan;
}

inline core::CurvePoint loss_at(std::int64_t step) {
  return {.step = step,
          .task = "semseg",
          .metric = "loss",
          .split = "train",
          .value = 1.0 / static_cast<double>(step)};
}

}  // namespace triptych::store
