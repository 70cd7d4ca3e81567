#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <thread>

#include "streets/primitive.h"
#include "streets/render.h"

namespace triptych::streets {
namespace {

constexpr int kHeight = 128, kWidth = 256;

Rendering sample(std::int64_t index) { return render_street(1, "train", index, kHeight, kWidth); }

std::size_t at(const Rendering& r, int row, int column) {
  return static_cast<std::size_t>(row) * r.width + column;
}

/// The ray of a pixel in double, independent of the renderer's float arithmetic.
std::array<double, 3> ray(const Camera& c, int row, int column) {
  const double x = (column - c.u0) / c.fx, y = (row - c.v0) / c.fy;
  return {c.forward.x + x * c.right.x + y * c.down.x, c.forward.y + x * c.right.y + y * c.down.y,
          c.forward.z + x * c.right.z + y * c.down.z};
}

Vec3 world_point(const Rendering& r, int row, int column) {
  const auto d = ray(r.camera, row, column);
  const double t = r.depth[at(r, row, column)];
  return {static_cast<float>(r.camera.position.x + t * d[0]),
          static_cast<float>(r.camera.position.y + t * d[1]),
          static_cast<float>(r.camera.position.z + t * d[2])};
}

/// Point in camera axes, in double.
std::array<double, 3> camera_point(const Rendering& r, int row, int column) {
  const double z = r.depth[at(r, row, column)];
  return {(column - r.camera.u0) / r.camera.fx * z, (row - r.camera.v0) / r.camera.fy * z, z};
}

Vec3 normal(const Rendering& r, int row, int column) {
  const std::size_t i = at(r, row, column), plane = r.depth.size();
  return {r.normals[i], r.normals[plane + i], r.normals[2 * plane + i]};
}

// Shares of all pixels, labelled or not, of the Cityscapes training set are about: road 32.6,
// sidewalk 5.4, building 20.2, wall 0.6, fence 0.8, pole 1.1, traffic light 0.2, traffic sign 0.5,
// vegetation 14.1, terrain 1.0, sky 3.6, person 1.1, rider 0.1, car 6.2, truck 0.2, bus 0.2,
// train 0.2, motorcycle 0.1, bicycle 0.4 %, from memory and not checked against the paper (Cordts
// et al., CVPR 2016, figure 4). CamVid's streets, counted from its masks, have sky 16.9,
// building 23.3, road 31.7, sidewalk 4.5, tree 9.7, car 5.9 % (of labelled pixels). The ranges
// cover both and leave the rare classes a factor of about four each way.
TEST(StreetsRenderer, ClassSharesLieInTheRangesOfRealStreets) {
  struct Range {
    double least, greatest;
  };
  const std::map<int, Range> ranges = {{kRoad, {25, 50}},
                                       {kSidewalk, {3, 12}},
                                       {kBuilding, {10, 35}},
                                       {kWall, {0.1, 2.5}},
                                       {kFence, {0.1, 3}},
                                       {kPole, {0.4, 3}},
                                       {kTrafficLight, {0.04, 0.8}},
                                       {kTrafficSign, {0.1, 2}},
                                       {kVegetation, {5, 30}},
                                       {kTerrain, {0.25, 4}},
                                       {kSky, {2, 20}},
                                       {kPerson, {0.3, 4}},
                                       {kRider, {0.03, 0.6}},
                                       {kCar, {2, 15}},
                                       {kTruck, {0.06, 1.5}},
                                       {kBus, {0.06, 1.5}},
                                       {kTrain, {0.06, 1.5}},
                                       {kMotorcycle, {0.02, 0.5}},
                                       {kBicycle, {0.1, 1.6}},
                                       {kIgnored, {1, 12}}};
  std::array<double, 256> pixels{};
  for (int i = 0; i < 200; ++i)
    for (const std::uint8_t label : sample(i).semseg) ++pixels[label];
  for (int label = 0; label < 256; ++label) {
    const double share = 100 * pixels[label] / (200.0 * kHeight * kWidth);
    if (const auto range = ranges.find(label); range != ranges.end()) {
      EXPECT_GE(share, range->second.least) << "label " << label;
      EXPECT_LE(share, range->second.greatest) << "label " << label;
    } else {
      EXPECT_EQ(share, 0) << "label " << label << " is not a class";
    }
  }
}

TEST(StreetsRenderer, EveryLabelHasTheImageSize) {
  const Rendering r = render_street(3, "val", 5, 96, 192);
  const std::size_t pixels = 96 * 192;
  EXPECT_EQ(r.height, 96);
  EXPECT_EQ(r.width, 192);
  EXPECT_EQ(r.rgb.size(), 3 * pixels);
  EXPECT_EQ(r.semseg.size(), pixels);
  EXPECT_EQ(r.instance.size(), pixels);
  EXPECT_EQ(r.depth.size(), pixels);
  EXPECT_EQ(r.disparity.size(), pixels);
  EXPECT_EQ(r.normals.size(), 3 * pixels);
}

// The road is the plane y = 0: z = height / -(y of the ray).
TEST(StreetsRenderer, DepthOfTheRoadIsThatOfTheGroundPlane) {
  for (int index = 0; index < 10; ++index) {
    const Rendering r = sample(index);
    int checked = 0;
    for (int row = 0; row < kHeight; ++row)
      for (int column = 0; column < kWidth; ++column) {
        if (r.semseg[at(r, row, column)] != kRoad) continue;
        const double expected = r.camera.height_m / -ray(r.camera, row, column)[1];
        // 2e-4: float rays close to the horizon lose up to 10 bits of 24.
        EXPECT_NEAR(r.depth[at(r, row, column)] / expected, 1, 2e-4);
        ++checked;
      }
    EXPECT_GT(checked, 2000);
  }
}

// Every primitive is tried, without tiles or bounds; the accelerated renderer must see the same.
TEST(StreetsRenderer, DepthAndLabelAreThoseOfTheNearestSurfaceByExhaustiveSearch) {
  for (int index = 0; index < 6; ++index) {
    const Scene scene = make_scene(1, "train", index, kHeight, kWidth);
    const Rendering r = render(scene);
    for (int row = 1; row < kHeight; row += 3)
      for (int column = index; column < kWidth; column += 5) {
        if (r.semseg[at(r, row, column)] == kIgnored) continue;
        const Vec3 d = scene.camera.ray(static_cast<float>(column), static_cast<float>(row));
        float nearest = 400;
        if (d.y < -1e-6f) nearest = std::min(nearest, -scene.camera.position.y / d.y);
        bool is_solid = false;
        std::set<int> labels;
        for (const Primitive& p : scene.primitives) {
          Hit hit;
          if (!intersect(p, scene.camera.position, d, 0.35f, 400, hit) || hit.t > nearest) continue;
          if (hit.t < nearest) labels.clear();
          nearest = hit.t;
          labels.insert(p.label);
          is_solid = true;
        }
        if (nearest >= 400) nearest = 0;
        EXPECT_EQ(r.depth[at(r, row, column)], nearest) << row << ' ' << column;
        if (is_solid)
          EXPECT_EQ(labels.count(r.semseg[at(r, row, column)]), 1u) << row << ' ' << column;
      }
  }
}

TEST(StreetsRenderer, PointsOfAVehicleLieInItsBox) {
  std::set<int> labels;
  int pixels = 0;
  for (int index = 0; index < 60; ++index) {
    const Rendering r = sample(index);
    for (std::size_t v = 0; v < r.vehicles.size(); ++v) {
      const Vehicle& vehicle = r.vehicles[v];
      labels.insert(vehicle.label);
      int seen = 0;
      for (int row = 0; row < kHeight; ++row)
        for (int column = 0; column < kWidth; ++column) {
          const std::size_t i = at(r, row, column);
          if (r.instance[i] != vehicle.instance) continue;
          ++seen;
          EXPECT_EQ(r.semseg[i], vehicle.label);
          const Vec3 p = vehicle.frame.local_point(world_point(r, row, column));
          // Mirrors and bumpers stand out by up to 15 cm, a tram's pantograph by 1.8 m.
          EXPECT_LE(std::fabs(p.x), vehicle.width_m / 2 + 0.15f);
          EXPECT_LE(std::fabs(p.z), vehicle.length_m / 2 + 0.15f);
          EXPECT_LE(std::fabs(p.y),
                    vehicle.height_m / 2 + (vehicle.label == kTrain ? 1.8f : 0.15f));
        }
      EXPECT_EQ(seen, r.visible[v]);
      EXPECT_GT(seen, 0);
      pixels += seen;
    }
  }
  EXPECT_EQ(labels.size(), 6u) << "all six vehicle classes";
  EXPECT_GT(pixels, 20000);
}

TEST(StreetsRenderer, NormalsAreUnitAndLookAtTheCamera) {
  const Rendering r = sample(2);
  for (int row = 0; row < kHeight; ++row)
    for (int column = 0; column < kWidth; ++column) {
      const Vec3 n = normal(r, row, column);
      if (r.depth[at(r, row, column)] == 0) {
        EXPECT_EQ(dot(n, n), 0);
        continue;
      }
      EXPECT_NEAR(dot(n, n), 1, 1e-5);
      const auto p = camera_point(r, row, column);
      EXPECT_LT(n.x * p[0] + n.y * p[1] + n.z * p[2], 1e-4 * p[2]);
    }
}

// On a plane the way from pixel to pixel is at right angles to the normal: the depth's gradient and
// the normal are two measurements of the same thing.
TEST(StreetsRenderer, NormalsArePerpendicularToTheDepthGradientOnPlanes) {
  std::set<int> labels;
  for (int index = 0; index < 12; ++index) {
    const Rendering r = sample(index);
    int checked = 0, perpendicular = 0;
    for (int row = 1; row + 1 < kHeight; ++row)
      for (int column = 1; column + 1 < kWidth; ++column) {
        const std::size_t i = at(r, row, column);
        const Vec3 n = normal(r, row, column);
        if (r.depth[i] == 0 || r.depth[i] > 60) continue;
        const auto is_same_plane = [&](int other_row, int other_column) {
          const Vec3 m = normal(r, other_row, other_column);
          return r.semseg[at(r, other_row, other_column)] == r.semseg[i] && m.x == n.x &&
                 m.y == n.y && m.z == n.z;
        };
        if (!is_same_plane(row, column + 1) || !is_same_plane(row + 1, column)) continue;
        const auto p = camera_point(r, row, column);
        const double offset = n.x * p[0] + n.y * p[1] + n.z * p[2];
        for (const auto& [down, right] : {std::pair{0, 1}, std::pair{1, 0}}) {
          const auto q = camera_point(r, row + down, column + right);
          const double off_plane = n.x * q[0] + n.y * q[1] + n.z * q[2] - offset;
          perpendicular += std::fabs(off_plane) < 2e-4 * p[2];
          ++checked;
          labels.insert(r.semseg[i]);
        }
      }
    // Equal normals may be two parallel faces (posts before pickets): a few pairs in a hundred.
    EXPECT_GT(perpendicular, 0.97 * checked);
    EXPECT_GT(checked, 10000);
  }
  EXPECT_THAT(labels,
              testing::IsSupersetOf({int(kRoad), int(kSidewalk), int(kBuilding), int(kCar)}));
}

TEST(StreetsRenderer, DisparityIsBaselineTimesFocalLengthOverDepth) {
  const Rendering r = sample(4);
  for (std::size_t i = 0; i < r.depth.size(); ++i) {
    const double expected = r.depth[i] > 0 ? 0.22 * r.camera.fx / r.depth[i] : 0;
    EXPECT_NEAR(r.disparity[i], expected, 1e-5 * expected);
  }
}

TEST(StreetsRenderer, OnlySkyAndTheBonnetHaveNoDepth) {
  const Rendering r = sample(6);
  for (std::size_t i = 0; i < r.depth.size(); ++i)
    EXPECT_EQ(r.depth[i] == 0, r.semseg[i] == kSky || r.semseg[i] == kIgnored);
}

TEST(StreetsRenderer, AnInstanceHasOneClassAndOnlyThingsHaveOne) {
  for (int index = 0; index < 10; ++index) {
    const Rendering r = sample(index);
    std::map<int, int> label_of;
    for (std::size_t i = 0; i < r.semseg.size(); ++i) {
      EXPECT_EQ(r.instance[i] > 0, has_instances(r.semseg[i]));
      if (r.instance[i] == 0) continue;
      EXPECT_EQ(label_of.emplace(r.instance[i], r.semseg[i]).first->second, r.semseg[i]);
    }
  }
}

TEST(StreetsRenderer, BitsDoNotDependOnTheThread) {
  constexpr int kSamples = 8;
  std::vector<Rendering> expected(kSamples), found(kSamples);
  for (int i = 0; i < kSamples; ++i) expected[i] = sample(i);
  {
    std::vector<std::jthread> threads;
    for (int worker = 0; worker < 4; ++worker)
      threads.emplace_back([&found, worker] {
        for (int i = kSamples - 1 - worker; i >= 0; i -= 4) found[i] = sample(i);
      });
  }
  for (int i = 0; i < kSamples; ++i) {
    EXPECT_EQ(found[i].rgb, expected[i].rgb);
    EXPECT_EQ(found[i].semseg, expected[i].semseg);
    EXPECT_EQ(found[i].instance, expected[i].instance);
    EXPECT_EQ(found[i].depth, expected[i].depth);
    EXPECT_EQ(found[i].normals, expected[i].normals);
  }
}

TEST(StreetsRenderer, SeedSplitAndIndexEachGiveAnotherScene) {
  const auto base = render_street(1, "train", 0, 64, 128).rgb;
  EXPECT_NE(render_street(2, "train", 0, 64, 128).rgb, base);
  EXPECT_NE(render_street(1, "val", 0, 64, 128).rgb, base);
  EXPECT_NE(render_street(1, "train", 1, 64, 128).rgb, base);
}

// The scene does not depend on the image size: twice the size shows the same street.
TEST(StreetsRenderer, AnotherImageSizeShowsTheSameScene) {
  const Rendering small = render_street(1, "train", 3, 64, 128),
                  large = render_street(1, "train", 3, 128, 256);
  int same = 0;
  for (int row = 0; row < 64; ++row)
    for (int column = 0; column < 128; ++column)
      same += small.semseg[at(small, row, column)] == large.semseg[at(large, 2 * row, 2 * column)];
  EXPECT_GT(same, 64 * 128 * 85 / 100);
}

}  // namespace
}  // namespace triptych::streets
