#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Semantic segmentation: intersection over union per class, its mean, and pixel accuracy.
///
///   TP_c, FP_c, FN_c   pixels summed over the whole data set, never averaged per image
///   IoU_c = TP_c / (TP_c + FP_c + FN_c)
///   mIoU  = mean of IoU_c over the classes of the variant
///   pixel accuracy = sum_c TP_c / number of valid pixels
///
/// Range: fractions in [0, 1], higher is better. Labels are class numbers 0..K-1.
/// Valid: pixels whose truth is not the ignore value; any other truth outside 0..K-1 is an error.
/// A prediction outside 0..K-1 on a valid pixel is a false negative of the true class and nothing
/// else; on an ignored pixel a prediction never counts.
///
/// | variant      | a class without TP, FP and FN          | reproduces                        |
/// |--------------|----------------------------------------|-----------------------------------|
/// | official     | no IoU, left out of the mean (default) | Cityscapes pixel-level evaluation |
/// | taskprompter | IoU 0, counts in the mean              | InvPT, TaskPrompter, ATRC meters  |
/// | absent_zero  | alias of taskprompter                  |                                   |
/// | absent_nan   | no IoU, and the mean has no value      | MTAN family, LibMTL               |
///
/// A class that is predicted but never true has IoU 0 and counts in all of them.
/// No valid pixel: the mean and the accuracy have no value.
/// Special values: a perfect prediction of all classes scores 1; swapped classes score 0.
/// Sources: Cordts et al. 2016 (Cityscapes), Everingham et al. 2010 (PASCAL VOC, IoU).
namespace triptych::metrics {

struct SegmentationOptions {
  int classes = 0;            ///< K, 1..65536
  std::int64_t ignore = 255;  ///< truth value that is not evaluated
};

/// Counts of one image, or of several. `tp.size() == fp.size() == fn.size() == K`.
struct SegmentationImage {
  std::vector<std::uint64_t> tp, fp, fn;

  SegmentationImage() = default;
  explicit SegmentationImage(int classes) : tp(classes), fp(classes), fn(classes) {}
  void merge(const SegmentationImage& other);  ///< exact, any order; both of equal K
};

/// Adds the pixels of one image, or a part of them: chunks of any size give equal counts.
/// `truth` and `prediction` of equal length. Throws Error metrics.011 at the first truth value that
/// is neither a class nor ignored, and metrics.012 for spans of different lengths.
void add_segmentation(SegmentationImage& image, std::span<const std::uint8_t> truth,
                      std::span<const std::uint8_t> prediction, const SegmentationOptions& options);
void add_segmentation(SegmentationImage& image, std::span<const std::int64_t> truth,
                      std::span<const std::int64_t> prediction, const SegmentationOptions& options);

struct SegmentationScore {
  Value mean_iou;                         ///< fraction
  std::vector<Value> iou;                 ///< [K]
  Value pixel_accuracy;                   ///< fraction
  std::vector<std::uint64_t> tp, fp, fn;  ///< [K], pixels
  std::uint64_t n_valid = 0;              ///< pixels
  std::vector<int> classes_averaged;      ///< the classes in the mean, ascending
};

/// official, taskprompter, absent_zero, absent_nan
[[nodiscard]] std::span<const VariantInfo> segmentation_variants();

/// The score of a data set. `variant` as in the table above, "" = official.
/// Throws Error metrics.001 for an unknown variant, metrics.012 when images differ in K.
[[nodiscard]] SegmentationScore score_segmentation(std::span<const SegmentationImage> images,
                                                   std::string_view variant = "");

/// "tp.3" ... for the counts that are not 0; all such names; and back (names that are no count are
/// left alone).
[[nodiscard]] Statistics statistics(const SegmentationImage& image);
[[nodiscard]] std::vector<std::string> segmentation_statistics(int classes);
[[nodiscard]] SegmentationImage segmentation_image(std::span<const Statistic> rows, int classes);

}  // namespace triptych::metrics
