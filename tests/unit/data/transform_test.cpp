#include "triptych/data/transform.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "numbers_dataset.h"

namespace triptych::data {
namespace {

Sample sample() {
  NumbersDataset dataset;
  dataset.height = 20;
  dataset.width = 40;
  Sample out = dataset.sample("train", 1);
  out.labels["disparity"] = at::full({1, 20, 40}, 3.0f);
  return out;
}

Window whole(bool is_flipped) { return {.height = 20, .width = 40, .is_flipped = is_flipped}; }

TEST(SeenThrough, WithoutChangeGivesTheSameTensors) {
  const Sample from = sample();
  const Sample out = seen_through(from, whole(false));
  EXPECT_TRUE(out.rgb.is_same(from.rgb));
  EXPECT_TRUE(out.labels.at("depth").is_same(from.labels.at("depth")));
}

TEST(SeenThrough, FlipMirrorsPhotographAndEveryLabel) {
  const Sample from = sample(), out = seen_through(from, whole(true));
  EXPECT_TRUE(at::equal(out.rgb, from.rgb.flip(-1)));
  for (const auto* name : {"semseg", "depth", "edges", "disparity"})
    EXPECT_TRUE(at::equal(out.labels.at(name), from.labels.at(name).flip(-1))) << name;
}

TEST(SeenThrough, FlipNegatesTheXOfNormals) {
  const Sample from = sample(), out = seen_through(from, whole(true));
  const at::Tensor mirrored = from.labels.at("normals").flip(-1);
  EXPECT_TRUE(at::equal(out.labels.at("normals")[0], -mirrored[0]));
  EXPECT_TRUE(at::equal(out.labels.at("normals").slice(0, 1), mirrored.slice(0, 1)));
}

TEST(SeenThrough, FlipTwiceIsTheIdentity) {
  const Sample from = sample(), out = seen_through(seen_through(from, whole(true)), whole(true));
  EXPECT_TRUE(at::equal(out.rgb, from.rgb));
  EXPECT_TRUE(at::equal(out.labels.at("normals"), from.labels.at("normals")));
  EXPECT_EQ(out.camera.cx, from.camera.cx);
}

TEST(SeenThrough, LeavesItsInputAlone) {
  const Sample from = sample();
  const at::Tensor normals = from.labels.at("normals").clone(), rgb = from.rgb.clone();
  (void)seen_through(from, {.top = 2, .left = 3, .height = 15, .width = 30, .is_flipped = true});
  EXPECT_TRUE(at::equal(from.labels.at("normals"), normals));
  EXPECT_TRUE(at::equal(from.rgb, rgb));
}

// A pixel of the window and the pixel it was taken from see the same point in space: with the
// window's camera, depth * (u - cx) / fx is that of the old pixel, mirrored in x where the window
// is.
TEST(SeenThrough, APointInSpaceStaysWhereItIs) {
  Sample from = sample();
  from.labels["x"] = at::empty({1, 20, 40});
  from.labels["y"] = at::empty({1, 20, 40});
  for (int row = 0; row < 20; ++row)
    for (int column = 0; column < 40; ++column) {
      const double z = from.labels["depth"][0][row][column].item<double>();
      from.labels["x"][0][row][column] = z * (column - from.camera.cx) / from.camera.fx;
      from.labels["y"][0][row][column] = z * (row - from.camera.cy) / from.camera.fy;
    }
  for (const bool is_flipped : {false, true}) {
    const Window window{
        .top = 3.7, .left = 5.1, .height = 14, .width = 28, .is_flipped = is_flipped};
    const Sample out = seen_through(from, window);
    EXPECT_NEAR(out.camera.fx, from.camera.fx * 40 / 28, 1e-12);
    for (int row = 0; row < 20; ++row)
      for (int column = 0; column < 40; ++column) {
        const double z = out.labels.at("depth")[0][row][column].item<double>();
        const double x = z * (column - out.camera.cx) / out.camera.fx;
        const double y = z * (row - out.camera.cy) / out.camera.fy;
        const double x0 = out.labels.at("x")[0][row][column].item<double>() * (is_flipped ? -1 : 1);
        // The nearest pixel is up to half an old pixel away: z / (2 fx) metres.
        EXPECT_LE(std::abs(x - x0), z * 0.501 / from.camera.fx);
        EXPECT_LE(std::abs(y - out.labels.at("y")[0][row][column].item<double>()),
                  z * 0.501 / from.camera.fy);
      }
  }
}

TEST(SeenThrough, DisparityGrowsWithTheFocalLength) {
  const Sample out = seen_through(sample(), {.top = 0, .left = 0, .height = 10, .width = 20});
  EXPECT_EQ(out.labels.at("disparity").min().item<float>(), 6);  // fx doubles, depth stays
}

TEST(SeenThrough, LabelsKeepTheirValues) {
  const Sample from = sample();
  const Sample out = seen_through(from, {.top = 1.3, .left = 2.6, .height = 13, .width = 26});
  EXPECT_LE(out.labels.at("semseg").max().item<int>(), from.labels.at("semseg").max().item<int>());
  EXPECT_GE(out.labels.at("semseg").min().item<int>(), from.labels.at("semseg").min().item<int>());
}

// The window shows columns 10..29; output column 0 lies at 10 + 0.5 * 20/40 - 0.5 = 9.75.
TEST(SeenThrough, PhotographsAreInterpolated) {
  Sample from = sample();
  from.rgb = at::arange(40).mul(4).to(at::kByte).view({1, 1, 40}).expand({3, 20, 40}).contiguous();
  const Sample out = seen_through(from, {.top = 0, .left = 10, .height = 20, .width = 20});
  EXPECT_EQ(out.rgb[0][0][0].item<int>(), 39);  // 4 * 9.75
  EXPECT_EQ(out.rgb[0][0][1].item<int>(), 41);  // 4 * 10.25
}

TEST(RandomWindow, LiesInsideTheImageAndKeepsItsShape) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    Random random{1, 2, i};
    const Window w = random_window({"crop", "flip"}, {20, 40}, random);
    EXPECT_GE(w.top, 0);
    EXPECT_GE(w.left, 0);
    EXPECT_LE(w.top + w.height, 20 + 1e-9);
    EXPECT_LE(w.left + w.width, 40 + 1e-9);
    EXPECT_NEAR(w.width / w.height, 2, 1e-12);
    EXPECT_GE(w.height, 0.6 * 20);
  }
}

TEST(RandomWindow, FlipsHalfOfTheSamplesAndOnlyWhenAsked) {
  int flipped = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Random first{3, 0, i}, second{3, 0, i};
    flipped += random_window({"flip"}, {20, 40}, first).is_flipped;
    EXPECT_FALSE(random_window({"crop"}, {20, 40}, second).is_flipped);
  }
  EXPECT_NEAR(flipped, 500, 80);  // 5 standard deviations of 15.8
}

}  // namespace
}  // namespace triptych::data
