// The real files beside the checkout, where they are.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <set>
#include <sstream>

#include "triptych/metrics/box3d.h"
#include "triptych/metrics/depth.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/human_parts.h"
#include "triptych/metrics/npy.h"
#include "triptych/metrics/png.h"
#include "triptych/metrics/segmentation.h"

namespace triptych::metrics {
namespace {

class RealData : public testing::Test {
 protected:
  void SetUp() override {
    const char* set = std::getenv("TRIPTYCH_SAMPLE_DATA");
    root_ = set ? set : std::filesystem::path(TRIPTYCH_SOURCE_DIR).parent_path() / "shared/data";
    if (!std::filesystem::exists(root_)) GTEST_SKIP() << "no sample data at " << root_;
  }
  std::filesystem::path root_;
};

TEST_F(RealData, CamvidMasksHoldClassesZeroToEleven) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root_ / "camvid/valannot")) {
    if (entry.path().extension() != ".png" || ++files > 10) continue;
    const auto mask = read_png8(entry.path());
    EXPECT_EQ(mask.width, 480);
    EXPECT_EQ(mask.height, 360);
    SegmentationImage image(11);
    add_segmentation(image, mask.pixels, mask.pixels, {.classes = 11, .ignore = 11});
    EXPECT_EQ(*score_segmentation(std::vector{image}).mean_iou, 1.0);
  }
  EXPECT_GT(files, 0);
}

TEST_F(RealData, PaletteMasksGiveTheirIndices) {
  const auto mask = read_png8(root_ / "nyud_multitask/segm_gt_000433.png");
  const std::set<int> found(mask.pixels.begin(), mask.pixels.end());
  EXPECT_TRUE(found.contains(255));
  EXPECT_TRUE(found.contains(38));
  EXPECT_FALSE(found.contains(100));
  double ignored = 0;
  for (const auto label : mask.pixels) ignored += label == 255;
  EXPECT_NEAR(ignored / static_cast<double>(mask.pixels.size()), 0.117, 5e-4);
}

TEST_F(RealData, HumanPartsOfRealPhotosScoreOneAgainstThemselves) {
  std::vector<HumanPartsImage> images;
  for (const auto& entry : std::filesystem::directory_iterator(root_ / "pascal_parts")) {
    if (entry.path().extension() != ".png") continue;
    const auto mask = read_png8(entry.path());
    auto& image = images.emplace_back();
    add_human_parts(image, mask.pixels, mask.pixels, {.classes = 7});
    EXPECT_TRUE(image.has_part);
  }
  ASSERT_EQ(images.size(), 4u);
  EXPECT_EQ(*score_human_parts(images).mean_iou, 1.0);  // all 7 parts occur
}

TEST_F(RealData, ADepthArrayOfNumpyIsRead) {
  const auto file = root_ / "nyu_depth_tiny/depth.npy";
  const auto images = NpyImages::open_maps(file);
  EXPECT_EQ(images.shape_text(), "224 x 224");
  std::vector<double> depth(static_cast<std::size_t>(images.pixels()));
  images.read(0, 0, 0, depth);
  EXPECT_NEAR(*std::min_element(depth.begin(), depth.end()), 0.720, 5e-4);
  EXPECT_NEAR(*std::max_element(depth.begin(), depth.end()), 5.875, 5e-4);
  DepthImage image;
  add_depth(image, std::span<const double>(depth), std::span<const double>(depth), {});
  EXPECT_EQ(*score_depth(std::vector{image}).rmse, 0.0);
}

struct Range {
  double valid = 0, smallest = 1e9, largest = 0;
};

// Share, minimum and maximum of the values of a 16-bit map that are not 0, over `scale`.
Range range_of(const GrayImage16& image, double scale) {
  Range range;
  for (const auto v : image.pixels) {
    if (v == 0) continue;
    ++range.valid;
    range.smallest = std::min(range.smallest, v / scale);
    range.largest = std::max(range.largest, v / scale);
  }
  range.valid /= static_cast<double>(image.pixels.size());
  return range;
}

TEST_F(RealData, SixteenBitMapsKeepTheirValues) {
  const auto depth = range_of(read_png16(root_ / "nyud_multitask/depth_gt_000433.png"), 5000);
  EXPECT_NEAR(depth.valid, 0.658, 5e-4);
  EXPECT_NEAR(depth.smallest, 1.50, 5e-3);
  EXPECT_NEAR(depth.largest, 5.93, 5e-3);
  const auto disparity =
      range_of(read_png16(root_ / "debian_samples/middlebury_motorcycle/disp_x256_u16.png"), 256);
  EXPECT_NEAR(disparity.valid, 0.927, 5e-4);
  EXPECT_NEAR(disparity.smallest, 7.19, 5e-3);
  EXPECT_NEAR(disparity.largest, 59.91, 5e-3);
}

// One vehicle of a KITTI label file, in our frames: V has KITTI's camera at its origin, so
// (x, y, z)_V = (z, -x, -y) of the camera, and rotation_y turns the other way round.
struct LabelledVehicle {
  std::string type;
  Box2d flat;
  Box3d box;
};

std::vector<LabelledVehicle> kitti_vehicles(const std::filesystem::path& file) {
  std::vector<LabelledVehicle> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    LabelledVehicle vehicle;
    double truncated, occluded, alpha, h, w, l, x, y, z, yaw;
    auto& flat = vehicle.flat;
    fields >> vehicle.type >> truncated >> occluded >> alpha >> flat.xmin >> flat.ymin >>
        flat.xmax >> flat.ymax >> h >> w >> l >> x >> y >> z >> yaw;
    if (vehicle.type == "DontCare") continue;
    vehicle.box.center = {z, -x, h / 2 - y};  // KITTI stores the centre of the bottom
    vehicle.box.dimensions = {l, w, h};
    const double heading = -yaw - std::numbers::pi / 2;
    vehicle.box.rotation = {std::cos(heading / 2), 0, 0, std::sin(heading / 2)};
    out.push_back(vehicle);
  }
  return out;
}

// The projection of the 3D box against the 2D box that annotators drew.
TEST_F(RealData, ProjectedBoxesOfKittiAgreeWithTheirLabels) {
  int vehicles = 0;
  for (const std::string frame : {"000000", "000001", "000002"}) {
    std::ifstream calibration(root_ / "kitti_object/training/calib" / (frame + ".txt"));
    VehicleCamera camera;
    for (std::string line; std::getline(calibration, line);) {
      if (!line.starts_with("P2:")) continue;
      std::istringstream numbers(line.substr(3));
      std::array<double, 12> p{};
      for (auto& x : p) numbers >> x;
      camera = {.fx = p[0], .fy = p[5], .u0 = p[2], .v0 = p[6]};
      // P2 = K [I | K^-1 p4]: the camera's offset in S, turned into C.
      const double z = p[11];
      const double x = (p[3] - p[2] * z) / p[0];
      const double y = (p[7] - p[6] * z) / p[5];
      camera.camera_from_vehicle = {{{1, 0, 0, z}, {0, 1, 0, -x}, {0, 0, 1, -y}}};
    }
    const auto labels = root_ / "kitti_object/training/label_2" / (frame + ".txt");
    for (const auto& [type, flat, box] : kitti_vehicles(labels)) {
      const auto projected = amodal_box(box, camera);
      const double tolerance = type == "Pedestrian" ? 11 : 3;  // pixels; the pedestrian is near
      EXPECT_NEAR(projected.xmin, flat.xmin, tolerance) << frame << type;
      EXPECT_NEAR(projected.ymin, flat.ymin, tolerance) << frame << type;
      EXPECT_NEAR(projected.xmax, flat.xmax, tolerance) << frame << type;
      EXPECT_NEAR(projected.ymax, flat.ymax, tolerance) << frame << type;
      ++vehicles;
    }
  }
  EXPECT_EQ(vehicles, 6);
}

// The thinned boundary itself as prediction, away from the faded border: nearly everything is
// found.
TEST_F(RealData, TheBoundaryOfARealMaskFindsItself) {
  const auto mask = read_png8(root_ / "nyud_multitask/segm_gt_000433.png");
  const ByteMap labels{mask.width, mask.height, mask.pixels};
  auto edges = thinned(boundary_of(labels));
  for (auto& bit : edges.bits) bit = bit ? 255 : 0;
  const std::vector<ByteMap> truths{labels};
  const auto image =
      measure_edges({mask.width, mask.height, edges.bits}, truths, EdgeReading::kSeism, 0.011);
  EXPECT_GT(*score_edges(std::vector{image}).ods_f, 0.9);
}

}  // namespace
}  // namespace triptych::metrics
