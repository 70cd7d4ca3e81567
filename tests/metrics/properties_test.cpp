// What every metric has in common: a perfect prediction, the order of images, merged parts, pieces.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "triptych/metrics/cityscapes.h"
#include "triptych/metrics/depth.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/human_parts.h"
#include "triptych/metrics/normals.h"
#include "triptych/metrics/per_image.h"
#include "triptych/metrics/saliency.h"
#include "triptych/metrics/segmentation.h"

namespace triptych::metrics {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Doubles = std::vector<double>;
constexpr int kImages = 9;
constexpr std::size_t kPixels = 240;  // 20 x 12

Doubles plain(std::initializer_list<Value> values) {
  Doubles out;
  for (const auto& value : values) out.push_back(value.value_or(-1));
  return out;
}

Bytes labels(int seed, int classes, bool is_perfect_pair = false) {
  std::mt19937 random(static_cast<unsigned>(seed));
  Bytes out(kPixels);
  for (std::size_t i = 0; i < kPixels; ++i) {
    const bool is_ignored = random() % 9 == 0;
    const auto label = static_cast<std::uint8_t>(random() % static_cast<unsigned>(classes));
    out[i] = is_ignored && !is_perfect_pair ? 255 : label;
  }
  return out;
}

Doubles numbers(int seed, double low, double high) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> value(low, high);
  Doubles out(kPixels);
  for (auto& x : out) x = value(random);
  return out;
}

// Each kit: `add` counts pixels [at, at + n) of image i (predicted perfectly if asked) into an
// image; `score` gives numbers, `best` those of a perfect prediction.
struct SegmentationKit {
  using Image = SegmentationImage;
  static void add(Image& image, int i, std::size_t at, std::size_t n, bool is_perfect) {
    const auto truth = labels(i, 5);
    const auto other = is_perfect ? truth : labels(i + 100, 6);
    add_segmentation(image, std::span(truth).subspan(at, n), std::span(other).subspan(at, n),
                     {.classes = 5});
  }
  static Doubles score(std::span<const Image> images) {
    const auto score = score_segmentation(images);
    return plain({score.mean_iou, score.pixel_accuracy, score.iou[3]});
  }
  static Doubles best() { return {1, 1, 1}; }
};

struct HumanPartsKit {
  using Image = HumanPartsImage;
  static void add(Image& image, int i, std::size_t at, std::size_t n, bool is_perfect) {
    const auto truth = i == 4 ? Bytes(kPixels) : labels(i, 7);  // one image without a part
    const auto other = is_perfect ? truth : labels(i + 100, 7);
    add_human_parts(image, std::span(truth).subspan(at, n), std::span(other).subspan(at, n),
                    {.classes = 7});
  }
  static Doubles score(std::span<const Image> images) {
    const auto score = score_human_parts(images);
    return plain({score.mean_iou, score.pixel_accuracy});
  }
  static Doubles best() { return {1, 1}; }
};

struct CityscapesKit {
  using Image = CityscapesImage;
  static void add(Image& image, int i, std::size_t at, std::size_t n, bool is_perfect) {
    const auto truth = labels(i, 34, true);
    const auto other = is_perfect ? truth : labels(i + 100, 34, true);
    add_cityscapes(image, std::span(truth).subspan(at, n), std::span(other).subspan(at, n));
  }
  static Doubles score(std::span<const Image> images) {
    const auto score = score_cityscapes(images);
    return plain({score.mean_iou, score.mean_category_iou});
  }
  static Doubles best() { return {1, 1}; }
};

struct DepthKit {
  using Image = DepthImage;
  static void add(Image& image, int i, std::size_t at, std::size_t n, bool is_perfect) {
    const auto truth = numbers(i, -5, 90);
    const auto other = is_perfect ? truth : numbers(i + 100, -1, 90);
    add_depth(image, std::span<const double>(truth).subspan(at, n),
              std::span<const double>(other).subspan(at, n), {});
  }
  static Doubles score(std::span<const Image> images) {
    const auto score = score_depth(images);
    return plain({score.rmse, score.log_rmse, score.abs_err, score.abs_rel, score.sq_rel,
                  score.silog, score.delta[0]});
  }
  static Doubles best() { return {0, 0, 0, 0, 0, 0, 1}; }
};

struct NormalsKit {
  using Image = NormalsImage;
  static void add(Image& image, int i, std::size_t at, std::size_t n, bool is_perfect) {
    const int other = is_perfect ? i : i + 100;
    const std::array<Doubles, 6> c{
        numbers(i, -1, 1),     numbers(i + 1000, -1, 1),     numbers(i + 2000, -1, 1),
        numbers(other, -1, 1), numbers(other + 1000, -1, 1), numbers(other + 2000, -1, 1)};
    const auto part = [&](int k) { return std::span<const double>(c[k]).subspan(at, n); };
    add_normals(image, NormalsMap<double>{part(0), part(1), part(2)},
                NormalsMap<double>{part(3), part(4), part(5)});
  }
  static Doubles score(std::span<const Image> images) {
    const auto score = score_normals(images);
    return plain({score.mean, score.median, score.rmse, score.within[0]});
  }
  static Doubles best() { return {0, 0, 0, 1}; }
};

struct SaliencyKit {
  using Image = SaliencyImage;
  static void add(Image& image, int i, std::size_t at, std::size_t n, bool is_perfect) {
    auto truth = labels(i, 2);
    auto other = numbers(i + 100, 0, 1);
    for (std::size_t k = 0; k < kPixels && is_perfect; ++k) other[k] = truth[k] == 1;
    add_saliency(image, std::span<const std::uint8_t>(truth).subspan(at, n),
                 std::span<const double>(other).subspan(at, n));
  }
  static Doubles score(std::span<const Image> images) {
    const auto score = score_saliency(images);
    return plain({score.max_f, score.mae});
  }
  static Doubles best() { return {1, 0}; }
};

template <class Kit>
class PixelMetric : public testing::Test {
 protected:
  using Image = typename Kit::Image;
  static Image whole(int i, bool is_perfect = false) {
    Image image{};
    Kit::add(image, i, 0, kPixels, is_perfect);
    return image;
  }
  static std::vector<Image> all(bool is_perfect = false) {
    std::vector<Image> images;
    for (int i = 0; i < kImages; ++i) images.push_back(whole(i, is_perfect));
    return images;
  }
};

using Kits = testing::Types<SegmentationKit, HumanPartsKit, CityscapesKit, DepthKit, NormalsKit,
                            SaliencyKit>;
TYPED_TEST_SUITE(PixelMetric, Kits);

TYPED_TEST(PixelMetric, APerfectPredictionScoresBest) {
  const auto found = TypeParam::score(this->all(true));
  const auto best = TypeParam::best();
  ASSERT_EQ(found.size(), best.size());
  for (std::size_t i = 0; i < best.size(); ++i) EXPECT_NEAR(found[i], best[i], 1e-12) << i;
}

TYPED_TEST(PixelMetric, TheOrderOfImagesDoesNotMatter) {
  auto images = this->all();
  const auto first = TypeParam::score(images);
  std::reverse(images.begin(), images.end());
  std::swap(images[0], images[3]);
  const auto other = TypeParam::score(images);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(other[i], first[i], 1e-12) << i;
}

TYPED_TEST(PixelMetric, MergedPartsEqualOnePassBitForBit) {
  PerImage<typename TypeParam::Image> first, second, third;
  for (int i = kImages; i-- > 0;)
    (i % 3 ? i % 3 == 1 ? first : second : third).add(i, this->whole(i));
  second.merge(first);
  third.merge(second);
  EXPECT_EQ(TypeParam::score(third.ordered()), TypeParam::score(this->all()));
}

TYPED_TEST(PixelMetric, PiecesOfAnySizeEqualOnePassBitForBit) {
  const auto whole = TypeParam::score(this->all());
  for (const std::size_t size : {1, 7, 64, 239}) {
    std::vector<typename TypeParam::Image> images(kImages);
    for (int i = 0; i < kImages; ++i) {
      for (std::size_t at = 0; at < kPixels; at += size) {
        TypeParam::add(images[i], i, at, std::min(size, kPixels - at), false);
      }
    }
    EXPECT_EQ(TypeParam::score(images), whole) << "pieces of " << size;
  }
}

// Boundaries and boxes are measured per image, so there are no pieces of one.
std::vector<EdgeImage> edge_images(bool is_perfect) {
  std::vector<EdgeImage> images;
  for (int i = 0; i < kImages; ++i) {
    Bytes truth(kPixels), prediction(kPixels);
    for (std::size_t k = 0; k < kPixels; ++k)
      truth[k] = k % 20 == static_cast<std::size_t>(8 + i % 3);
    const auto noise = numbers(i + 100, 0, 255);
    for (std::size_t k = 0; k < kPixels; ++k) {
      prediction[k] = is_perfect ? static_cast<std::uint8_t>(255 * truth[k])
                                 : static_cast<std::uint8_t>(noise[k]);
    }
    const ByteMap map{20, 12, truth};
    images.push_back(measure_edges({20, 12, prediction}, {&map, 1}, EdgeReading::kPdollar, 0.06));
  }
  return images;
}

Doubles edge_score(std::span<const EdgeImage> images) {
  const auto score = score_edges(images, "pdollar");
  return plain({score.ods_f, score.ois_f, score.ap});
}

TEST(EdgeProperties, APerfectPredictionScoresOne) {
  const auto score = edge_score(edge_images(true));
  EXPECT_EQ(score[0], 1.0);
  EXPECT_EQ(score[1], 1.0);
}

TEST(EdgeProperties, OrderAndMergedPartsDoNotChangeABit) {
  const auto images = edge_images(false);
  PerImage<EdgeImage> odd, even;
  for (int i = kImages; i-- > 0;) (i % 2 ? odd : even).add(i, images[i]);
  odd.merge(even);
  EXPECT_EQ(edge_score(odd.ordered()), edge_score(images));
  auto reversed = images;
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(edge_score(reversed), edge_score(images));  // whole counts have no rounding
}

}  // namespace
}  // namespace triptych::metrics
