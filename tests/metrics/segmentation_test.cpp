#include "triptych/metrics/segmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "triptych/error.h"
#include "triptych/metrics/human_parts.h"
#include "triptych/metrics/parallel.h"
#include "triptych/metrics/per_image.h"

namespace triptych::metrics {
namespace {

using Labels = std::vector<std::uint8_t>;

SegmentationImage count(const Labels& truth, const Labels& prediction, int classes,
                        std::int64_t ignore = 255) {
  SegmentationImage image(classes);
  add_segmentation(image, truth, prediction, {.classes = classes, .ignore = ignore});
  return image;
}

SegmentationScore score(const Labels& truth, const Labels& prediction, int classes,
                        std::string_view variant = "") {
  const std::vector images{count(truth, prediction, classes)};
  return score_segmentation(images, variant);
}

// Class 0: TP 2, FN 1 (pixel 2 says 1), FP 0: IoU 2/3. Class 1: TP 1, FP 1, FN 0: IoU 1/2.
TEST(Segmentation, IouIsTruePositivesOverTheUnion) {
  const auto result = score({0, 0, 0, 1}, {0, 0, 1, 1}, 2);
  EXPECT_DOUBLE_EQ(*result.iou[0], 2.0 / 3);
  EXPECT_DOUBLE_EQ(*result.iou[1], 1.0 / 2);
  EXPECT_DOUBLE_EQ(*result.mean_iou, 7.0 / 12);
  EXPECT_DOUBLE_EQ(*result.pixel_accuracy, 3.0 / 4);
}

TEST(Segmentation, PredictionsOnIgnoredPixelsNeverCount) {
  const auto result = score({0, 255, 255}, {0, 1, 0}, 2);
  EXPECT_EQ(result.fp, (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(result.n_valid, 1u);
}

TEST(Segmentation, PredictionsOutsideTheClassesAreFalseNegativesOnly) {
  const auto result = score({0, 1}, {9, 255}, 2);
  EXPECT_EQ(result.fn, (std::vector<std::uint64_t>{1, 1}));
  EXPECT_EQ(result.fp, (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(*result.pixel_accuracy, 0.0);
}

TEST(Segmentation, OfficialLeavesAbsentClassesOutOfTheMean) {
  const auto result = score({0, 0}, {0, 0}, 3);
  EXPECT_EQ(*result.mean_iou, 1.0);
  EXPECT_FALSE(result.iou[2]);
  EXPECT_EQ(result.classes_averaged, std::vector<int>{0});
}

TEST(Segmentation, APredictedClassThatIsNeverTrueCountsAsZero) {
  const auto result = score({0, 0}, {0, 1}, 3);  // class 0: 1/2, class 1: 0, class 2: absent
  EXPECT_EQ(*result.iou[1], 0.0);
  EXPECT_EQ(*result.mean_iou, 0.25);
}

TEST(Segmentation, TaskprompterCountsAbsentClassesAsZero) {
  for (const auto* variant : {"taskprompter", "absent_zero"}) {
    const auto result = score({0, 0}, {0, 0}, 4, variant);
    EXPECT_EQ(*result.mean_iou, 0.25);
    EXPECT_EQ(*result.iou[3], 0.0);
    EXPECT_EQ(result.classes_averaged.size(), 4u);
  }
}

TEST(Segmentation, AbsentNanHasNoMeanWhenOneClassIsAbsent) {
  EXPECT_FALSE(score({0, 0}, {0, 0}, 2, "absent_nan").mean_iou);
  EXPECT_EQ(*score({0, 1}, {0, 1}, 2, "absent_nan").mean_iou, 1.0);
}

TEST(Segmentation, NothingValidHasNoMeanInAnyVariant) {
  for (const auto& variant : segmentation_variants()) {
    const auto result = score({255, 255}, {0, 1}, 2, variant.name);
    EXPECT_FALSE(result.mean_iou) << variant.name;
    EXPECT_FALSE(result.pixel_accuracy) << variant.name;
  }
}

TEST(Segmentation, RefusesATruthLabelThatIsNoClass) {
  try {
    score({0, 7}, {0, 0}, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "metrics.011");
    EXPECT_NE(std::string(error.what()).find("pixel 1: truth label 7"), std::string::npos);
  }
}

TEST(Segmentation, UnknownVariantsNameTheNearest) {
  try {
    score({0}, {0}, 2, "ofical");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("Did you mean \"official\"?"), std::string::npos);
  }
}

// A naive reference: for each class, one pass over all pixels.
std::vector<double> naive_iou(const Labels& truth, const Labels& prediction, int classes) {
  std::vector<double> out;
  for (int c = 0; c < classes; ++c) {
    double both = 0;
    double either = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (truth[i] == 255) continue;
      both += truth[i] == c && prediction[i] == c;
      either += truth[i] == c || prediction[i] == c;
    }
    out.push_back(both / either);
  }
  return out;
}

struct RandomSet {
  std::vector<Labels> truth, prediction;
};

RandomSet random_set(int images, int pixels, int classes) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> label(0, classes);
  RandomSet set;
  for (int i = 0; i < images; ++i) {
    Labels truth, prediction;
    for (int j = 0; j < pixels; ++j) {
      const int t = label(random);
      truth.push_back(t == classes ? 255 : t);
      const int p = label(random);
      prediction.push_back(p == classes ? 200 : p);
    }
    set.truth.push_back(truth);
    set.prediction.push_back(prediction);
  }
  return set;
}

TEST(Segmentation, AgreesWithOnePassPerClass) {
  const auto set = random_set(1, 5000, 7);
  const auto result = score(set.truth[0], set.prediction[0], 7);
  const auto expected = naive_iou(set.truth[0], set.prediction[0], 7);
  for (int c = 0; c < 7; ++c) EXPECT_DOUBLE_EQ(*result.iou[c], expected[c]);
}

TEST(Segmentation, ThreadsOrderAndChunksDoNotChangeACount) {
  const auto set = random_set(9, 1000, 5);
  std::vector<SegmentationImage> whole;
  for (int i = 0; i < 9; ++i) whole.push_back(count(set.truth[i], set.prediction[i], 5));
  const auto expected = score_segmentation(whole);

  std::vector<SegmentationImage> chunked(9, SegmentationImage(5));
  parallel_for(9, 4, [&](std::int64_t i) {
    for (std::size_t at = 0; at < 1000; at += 77) {
      const auto size = std::min<std::size_t>(77, 1000 - at);
      add_segmentation(chunked[i], std::span(set.truth[i]).subspan(at, size),
                       std::span(set.prediction[i]).subspan(at, size), {.classes = 5});
    }
  });
  PerImage<SegmentationImage> first, second;
  for (int i = 8; i >= 0; --i) (i % 2 ? first : second).add(i, chunked[i]);
  first.merge(second);
  const auto result = score_segmentation(first.ordered());
  EXPECT_EQ(result.tp, expected.tp);
  EXPECT_EQ(result.fp, expected.fp);
  EXPECT_EQ(result.fn, expected.fn);
  EXPECT_EQ(*result.mean_iou, *expected.mean_iou);
}

TEST(PerImage, RefusesAnImageTwice) {
  PerImage<SegmentationImage> images;
  images.add(3, {});
  try {
    images.add(3, {});
    FAIL() << "added twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "metrics.010");
  }
}

TEST(PerImage, ResetForgetsEveryImage) {
  PerImage<SegmentationImage> images;
  images.add(3, SegmentationImage(2));
  images.reset();
  EXPECT_EQ(images.size(), 0u);
  images.add(3, SegmentationImage(2));  // not twice
  EXPECT_EQ(images.ordered().size(), 1u);
}

TEST(Segmentation, StoredStatisticsGiveTheSameScore) {
  const auto set = random_set(1, 300, 4);
  const auto image = count(set.truth[0], set.prediction[0], 4);
  const auto restored = segmentation_image(statistics(image), 4);
  EXPECT_EQ(restored.tp, image.tp);
  EXPECT_EQ(restored.fp, image.fp);
  EXPECT_EQ(restored.fn, image.fn);
}

// ---- human parts -------------------------------------------------------------------------------

HumanPartsImage parts(const Labels& truth, const Labels& prediction) {
  HumanPartsImage image;
  add_human_parts(image, truth, prediction, {.classes = 3});
  return image;
}

// Image 0 has a part and is perfect; images 1 (all 0), 2 (all 255) and 3 (0 and 255) have none, and
// each background pixel of them is wrong: class 0 has TP 1, class 1 has TP 1.
const std::vector<HumanPartsImage>& four_images() {
  static const std::vector<HumanPartsImage> images{parts({0, 1}, {0, 1}), parts({0, 0}, {1, 1}),
                                                   parts({255, 255}, {1, 1}),
                                                   parts({0, 255}, {1, 1})};
  return images;
}

TEST(HumanParts, ImagesWithoutAPartAreLeftOut) {
  std::size_t left_out = 0;
  const auto result = score_human_parts(four_images(), "", &left_out);
  EXPECT_EQ(left_out, 3u);
  EXPECT_DOUBLE_EQ(*result.mean_iou, 2.0 / 3);  // class 2 is absent and counts as 0
}

TEST(HumanParts, OfficialLeavesAbsentClassesOutOfTheMean) {
  EXPECT_EQ(*score_human_parts(four_images(), "official").mean_iou, 1.0);
}

// Image 3 counts: class 0 FN 1, class 1 FP 1. IoU 1/2, 1/2, 0.
TEST(HumanParts, AstmtKeepsImagesThatMixBackgroundAndIgnored) {
  std::size_t left_out = 0;
  EXPECT_DOUBLE_EQ(*score_human_parts(four_images(), "astmt", &left_out).mean_iou, 1.0 / 3);
  EXPECT_EQ(left_out, 2u);
}

// Images 1 and 3 count: class 0 TP 1, FN 3; class 1 TP 1, FP 3.
TEST(HumanParts, CountAllImagesLeavesNoneOut) {
  EXPECT_DOUBLE_EQ(*score_human_parts(four_images(), "count_all_images").mean_iou, 1.0 / 6);
}

TEST(HumanParts, NoImageWithAPartHasNoMeanAndKeepsItsClasses) {
  const std::vector images{parts({0, 0}, {1, 1})};
  const auto result = score_human_parts(images);
  EXPECT_FALSE(result.mean_iou);
  EXPECT_EQ(result.iou.size(), 3u);
}

TEST(HumanParts, StoredStatisticsGiveTheSameScoreUnderEveryVariant) {
  std::vector<HumanPartsImage> restored;
  for (const auto& image : four_images()) {
    restored.push_back(human_parts_image(statistics(image), 3));
  }
  for (const auto& variant : human_parts_variants()) {
    EXPECT_EQ(score_human_parts(restored, variant.name).mean_iou,
              score_human_parts(four_images(), variant.name).mean_iou);
  }
}

}  // namespace
}  // namespace triptych::metrics
