#include "triptych/metrics/box3d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "vehicles.h"

namespace triptych::metrics {
namespace {

constexpr double kTight = 1e-12;
constexpr double kPi = std::numbers::pi;

// 100 x 100 against the same moved by 50: 50 x 100 common, 15000 in all.
TEST(Box2d, IouCountsPixelsInclusively) {
  EXPECT_NEAR(inclusive_iou(kBox, {150, 100, 249, 199}), 5000.0 / 15000, 1e-9);
  EXPECT_NEAR(inclusive_iou({5, 5, 5, 5}, {5, 5, 5, 5}), 1, 1e-9);
  EXPECT_EQ(inclusive_iou(kBox, kAway), 0);
}

TEST(Box2d, OverlapIsOverThePredictionsOwnArea) {
  EXPECT_NEAR(inclusive_overlap({0, 0, 1000, 1000}, kBox), 1, 1e-9);
  EXPECT_LT(inclusive_overlap(kBox, {0, 0, 1000, 1000}), 0.02);
}

const VehicleCamera kCamera{.fx = 1000,
                            .fy = 1000,
                            .u0 = 1000,
                            .v0 = 500,
                            .camera_from_vehicle = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, -1}}}};

// A 2 m cube 11 m ahead, at the camera's height: its near face lies at 10 m, so half its width is
// 1000 * 1 / 10 = 100 pixels.
TEST(AmodalBox, IsTheExtentOfTheNearFace) {
  const auto box = amodal_box({.center = {11, 0, 1}, .dimensions = {2, 2, 2}}, kCamera);
  EXPECT_NEAR(box.xmin, 900, 1e-9);
  EXPECT_NEAR(box.xmax, 1100, 1e-9);
  EXPECT_NEAR(box.ymin, 400, 1e-9);
  EXPECT_NEAR(box.ymax, 600, 1e-9);
}

// Left is +y in the vehicle and -u in the image.
TEST(AmodalBox, LeftOfTheVehicleIsLeftInTheImage) {
  EXPECT_LT(amodal_box({.center = {20, 3, 1}, .dimensions = {1, 1, 1}}, kCamera).xmax, 1000);
}

TEST(AmodalBox, IsClampedToTheImage) {
  const auto box = amodal_box({.center = {2, 0, 1}, .dimensions = {2, 50, 50}}, kCamera);
  EXPECT_EQ(box.xmin, 0);
  EXPECT_EQ(box.xmax, 2047);
  EXPECT_EQ(box.ymin, 0);
  EXPECT_EQ(box.ymax, 1023);
}

TEST(AmodalBox, BehindTheCameraIsAllZeros) {
  const auto box = amodal_box({.center = {-20, 0, 1}, .dimensions = {2, 2, 2}}, kCamera);
  EXPECT_EQ(box.xmin + box.ymin + box.xmax + box.ymax, 0);
}

// The face through the camera plane is cut at 1 cm: the extent reaches the image's border.
TEST(AmodalBox, FacesAreClippedAtTheNearPlane) {
  const auto box = amodal_box({.center = {0, 2, 1}, .dimensions = {10, 1, 1}}, kCamera);
  EXPECT_EQ(box.xmin, 0);
  EXPECT_NEAR(box.xmax, 1000 - 1000 * 1.5 / 5, 1e-9);  // right edge at y = 1.5, 5 m ahead
}

TEST(AmodalBox, ARotationByAQuarterSwapsLengthAndWidth) {
  const double h = std::sqrt(0.5);
  const auto turned = amodal_box(
      {.center = {20, 0, 1}, .dimensions = {6, 2, 2}, .rotation = {h, 0, 0, h}}, kCamera);
  const auto swapped = amodal_box({.center = {20, 0, 1}, .dimensions = {2, 6, 2}}, kCamera);
  EXPECT_NEAR(turned.xmin, swapped.xmin, 1e-9);
  EXPECT_NEAR(turned.xmax, swapped.xmax, 1e-9);
}

// An independent projection: rotation matrices instead of quaternions, dense points on the surface.
TEST(AmodalBox, AgreesWithProjectingManyPointsOfTheSurface) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> angle(-kPi, kPi), unit(-0.5, 0.5);
  for (int trial = 0; trial < 20; ++trial) {
    const double yaw = angle(random);
    const Box3d box{.center = {25 + 10 * unit(random), 8 * unit(random), 1},
                    .dimensions = {4, 1.8, 1.5},
                    .rotation = {std::cos(yaw / 2), 0, 0, std::sin(yaw / 2)}};
    Box2d extent{1e9, 1e9, -1e9, -1e9};
    for (int corner = 0; corner < 8; ++corner) {
      const double l = (corner & 1 ? 0.5 : -0.5) * 4;
      const double w = (corner & 2 ? 0.5 : -0.5) * 1.8;
      const double z = box.center[2] + (corner & 4 ? 0.75 : -0.75) - 1;
      const double x = box.center[0] + std::cos(yaw) * l - std::sin(yaw) * w;
      const double y = box.center[1] + std::sin(yaw) * l + std::cos(yaw) * w;
      extent.xmin = std::min(extent.xmin, 1000 - 1000 * y / x);
      extent.xmax = std::max(extent.xmax, 1000 - 1000 * y / x);
      extent.ymin = std::min(extent.ymin, 500 - 1000 * z / x);
      extent.ymax = std::max(extent.ymax, 500 - 1000 * z / x);
    }
    const auto found = amodal_box(box, kCamera);
    EXPECT_NEAR(found.xmin, extent.xmin, 1e-8);
    EXPECT_NEAR(found.xmax, extent.xmax, 1e-8);
    EXPECT_NEAR(found.ymin, extent.ymin, 1e-8);
    EXPECT_NEAR(found.ymax, extent.ymax, 1e-8);
  }
}

TEST(Quaternion, IsNormalisedAndLengthZeroStays) {
  EXPECT_NEAR(normalised({2, 0, 0, 0})[0], 1, kTight);
  EXPECT_EQ(normalised({0, 0, 0, 0})[0], 0);
}

TEST(Quaternion, AnglesFollowTheOrderRollPitchYaw) {
  const double a = 0.3;
  EXPECT_NEAR(euler_angles({std::cos(a / 2), 0, 0, std::sin(a / 2)}).yaw, a, kTight);
  EXPECT_NEAR(euler_angles({std::cos(a / 2), 0, std::sin(a / 2), 0}).pitch, a, kTight);
  EXPECT_NEAR(euler_angles({std::cos(a / 2), std::sin(a / 2), 0, 0}).roll, a, kTight);
}

// 2(wy + zx) = 1 + rounding here: asin would be not-a-number without the clamp.
TEST(Quaternion, TheArcsineIsClamped) {
  const double h = std::sqrt(0.5);
  EXPECT_TRUE(std::isfinite(euler_angles({h, 0, h * (1 + 1e-15), 0}).pitch));
}

}  // namespace
}  // namespace triptych::metrics
