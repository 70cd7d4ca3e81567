#include "triptych/metrics/cityscapes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "triptych/error.h"
#include "triptych/metrics/segmentation.h"

namespace triptych::metrics {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr int kRoad = 7, kSidewalk = 8, kPerson = 24, kRider = 25, kCar = 26, kCaravan = 29,
              kTrailer = 30;

CityscapesScore score(const Bytes& truth, const Bytes& prediction,
                      const std::vector<std::uint16_t>& instances = {}) {
  CityscapesImage image;
  add_cityscapes(image, truth, prediction);
  if (!instances.empty()) add_cityscapes_instances(image, instances, prediction);
  return score_cityscapes(std::vector{image});
}

// Road: one right, one taken for void (0). IoU 1/2.
TEST(Cityscapes, AVoidPredictionOnAValidPixelIsAFalseNegative) {
  EXPECT_EQ(*score({kRoad, kRoad}, {kRoad, 0}).iou[kRoad], 0.5);
}

TEST(Cityscapes, VoidTruthDoesNotCountAsFalsePositive) {
  EXPECT_EQ(*score({kRoad, 0, kCaravan}, {kRoad, kRoad, kRoad}).iou[kRoad], 1.0);
}

TEST(Cityscapes, APredictedClassWithoutTruthCountsAsZeroInTheMean) {
  const auto result = score({kRoad, kRoad}, {kRoad, kSidewalk});
  EXPECT_EQ(*result.iou[kSidewalk], 0.0);
  EXPECT_EQ(*result.mean_iou, 0.25);
  EXPECT_FALSE(result.iou[kCar]);
}

// Both pixels stay inside the category flat.
TEST(Cityscapes, ConfusionsInsideACategoryAreRightForTheCategory) {
  EXPECT_EQ(*score({kRoad, kSidewalk}, {kSidewalk, kRoad}).category_iou.at("flat"), 1.0);
}

TEST(Cityscapes, PriorsAreSharesOfAllPixels) {
  const auto result = score({kRoad, kRoad, 0, kCar}, {0, 0, 0, 0});
  EXPECT_EQ(*result.priors[kRoad], 0.5);
  EXPECT_EQ(*result.priors[0], 0.25);
  EXPECT_EQ(*result.priors[1], 0.0);
}

// Two persons: one of 1 pixel, found; one of 3 pixels, 1 found. With weight S/pixels:
// iTP = S + S/3, iFN = 2S/3: iIoU = (4/3)/(2) = 2/3. Unweighted it would be 1/2.
TEST(Cityscapes, EachInstanceWeighsTheSame) {
  const auto result = score({kPerson, kPerson, kPerson, kPerson}, {kPerson, kPerson, 0, 0},
                            {24001, 24002, 24002, 24002});
  EXPECT_NEAR(*result.instance_iou[kPerson], 2.0 / 3, 1e-12);
  EXPECT_EQ(*result.iou[kPerson], 0.5);
}

// False positives stay unweighted: one road pixel taken for a person.
TEST(Cityscapes, InstanceFalsePositivesAreUnweighted) {
  const double size = cityscapes_labels()[kPerson].instance_size;
  const auto result = score({kPerson, kRoad}, {kPerson, kPerson}, {24001, 7});
  EXPECT_NEAR(*result.instance_iou[kPerson], size / (size + 1), 1e-12);
}

TEST(Cityscapes, ACategoryInstanceIsFoundByAnyIdOfTheCategory) {
  const auto result = score({kPerson}, {kRider}, {24001});
  EXPECT_EQ(*result.instance_iou[kPerson], 0.0);
  EXPECT_EQ(*result.category_instance_iou.at("human"), 1.0);
}

// For predictions only, vehicle includes caravan and trailer: a car taken for a trailer is found, a
// road pixel taken for a caravan is a false positive of the category.
TEST(Cityscapes, VehicleIncludesCaravanAndTrailerForInstancePredictions) {
  const double size = cityscapes_labels()[kCar].instance_size;
  const auto result = score({kCar, kRoad}, {kTrailer, kCaravan}, {26001, 7});
  EXPECT_NEAR(*result.category_instance_iou.at("vehicle"), size / (size + 1), 1e-12);
  EXPECT_EQ(*result.category_iou.at("vehicle"), 0.0);
}

TEST(Cityscapes, InstancesOfIgnoredClassesAndGroupsAreSkipped) {
  const auto result = score({kCaravan, kPerson}, {kCar, kPerson}, {29001, 24});
  EXPECT_FALSE(result.instance_iou[kCaravan]);
  EXPECT_FALSE(result.category_instance_iou.at("vehicle"));
  EXPECT_FALSE(result.instance_iou[kPerson]);  // 24 is a group, no instance
}

TEST(Cityscapes, OneImageWithoutInstancesLeavesNoInstanceScore) {
  CityscapesImage with, without;
  add_cityscapes(with, Bytes{kPerson}, Bytes{kPerson});
  add_cityscapes_instances(with, std::vector<std::uint16_t>{24001}, Bytes{kPerson});
  add_cityscapes(without, Bytes{kPerson}, Bytes{kPerson});
  EXPECT_TRUE(score_cityscapes(std::vector{with}).instance_iou[kPerson]);
  EXPECT_FALSE(score_cityscapes(std::vector{with, without}).instance_iou[kPerson]);
}

TEST(Cityscapes, IdsAboveThirtyThreeAreRefusedWithTheirPlace) {
  for (const bool in_truth : {true, false}) {
    CityscapesImage image;
    const Bytes good{kRoad, kRoad}, bad{kRoad, 255};
    try {
      add_cityscapes(image, in_truth ? bad : good, in_truth ? good : bad);
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what())
                    .find(in_truth ? "truth pixel 1 holds label id 255"
                                   : "prediction pixel 1 holds label id 255"),
                std::string::npos);
    }
  }
}

TEST(Cityscapes, NothingAtAllHasNoValue) {
  const auto result = score_cityscapes({});
  EXPECT_FALSE(result.mean_iou || result.priors[0] || result.mean_category_iou);
}

// Train ids 0..18 with 255 ignored: what a prediction of a void id becomes is no class.
TEST(Cityscapes, TheTrainIdFormGivesTheSameNumbers) {
  constexpr std::array<int, 19> kIds{7,  8,  11, 12, 13, 17, 19, 20, 21, 22,
                                     23, 24, 25, 26, 27, 28, 31, 32, 33};
  const auto train_ids = [&](const Bytes& ids) {
    std::vector<std::int64_t> out;
    for (const auto id : ids) {
      const auto at = std::find(kIds.begin(), kIds.end(), id);
      out.push_back(at == kIds.end() ? 255 : at - kIds.begin());
    }
    return out;
  };
  std::mt19937 random(3);
  Bytes truth, prediction;
  for (int i = 0; i < 4000; ++i) {
    truth.push_back(static_cast<std::uint8_t>(random() % 33));  // no bicycle
    prediction.push_back(random() % 3 ? truth.back() : static_cast<std::uint8_t>(random() % 34));
  }
  const auto ids = score(truth, prediction);
  SegmentationImage image(19);
  add_segmentation(image, train_ids(truth), train_ids(prediction), {.classes = 19});
  const auto trained = score_segmentation(std::vector{image});
  EXPECT_EQ(ids.mean_iou, trained.mean_iou);
  for (int c = 0; c < 19; ++c) EXPECT_EQ(ids.iou[kIds[c]], trained.iou[c]) << c;
}

TEST(Cityscapes, StoredStatisticsGiveTheSameScore) {
  CityscapesImage image;
  const Bytes truth{kPerson, kRoad, kCar, kCar}, prediction{kPerson, kCar, kTrailer, kCar};
  add_cityscapes(image, truth, prediction);
  add_cityscapes_instances(image, std::vector<std::uint16_t>{24001, 7, 26001, 26002}, prediction);
  const auto restored = cityscapes_image(statistics(image));
  const auto a = score_cityscapes(std::vector{image});
  const auto b = score_cityscapes(std::vector{restored});
  EXPECT_EQ(a.confusion, b.confusion);
  EXPECT_EQ(a.mean_instance_iou, b.mean_instance_iou);
  EXPECT_EQ(a.category_instance_iou, b.category_instance_iou);
}

// 2 x 4 pixels numbered row by row: row 1, columns 1 and 3.
TEST(Cityscapes, HalfOddTakesOddRowsAndColumns) {
  const Bytes values{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(half_odd(values, 4, 2), (Bytes{5, 7}));
  EXPECT_THROW((void)half_odd(values, 8, 1), Error);
}

TEST(Cityscapes, DisparityZeroAndOneAreInvalid) {
  EXPECT_EQ(disparity_px(0), -1);
  EXPECT_EQ(disparity_px(1), -1);
  EXPECT_EQ(disparity_px(257), 1);
  EXPECT_NEAR(depth_m(10, 0.209313, 2262.52), 47.357484876, 1e-9);
  EXPECT_EQ(depth_m(-1, 0.209313, 2262.52), -1);
}

TEST(Cityscapes, SkyIsTwentyThreeAndTenOnlyUnderTheBug) {
  std::vector<double> disparity{5, 5, 5};
  mark_sky(disparity, Bytes{23, 10, 7});
  EXPECT_EQ(disparity, (std::vector<double>{0, 5, 5}));
  disparity = {5, 5, 5};
  mark_sky(disparity, Bytes{23, 10, 7}, /*sky_label_bug=*/true);
  EXPECT_EQ(disparity, (std::vector<double>{5, 0, 5}));
}

}  // namespace
}  // namespace triptych::metrics
