// The real files beside the checkout, where they are.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

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
