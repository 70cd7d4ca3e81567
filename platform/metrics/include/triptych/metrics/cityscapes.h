#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "triptych/metrics/value.h"

/// Cityscapes pixel-level semantic labelling, on label ids 0..33: class and category IoU and the
/// instance-weighted scores. (For train ids and other data sets see segmentation.h.)
///
///   C[gt][pred]  pixels, 34 x 34, one matrix for the data set
///   TP = C[c][c]    FN = row c over all 34 columns - TP
///   FP = column c over the other evaluated rows
///   IoU = TP/(TP+FP+FN)
/// A void id predicted on a valid pixel is a false negative; pixels of void truth do not count.
/// Categories: the same with all ids of the category taken together.
///   iIoU = iTP/(iTP+FP+iFN)
/// where each pixel of an instance counts with (mean size of its class) / (pixels of the instance).
/// A category's instance counts as found where any id of the category is predicted; for that, and
/// for the columns of FP, vehicle includes caravan and trailer.
///
/// Fractions in [0, 1], higher is better. A denominator of 0 gives no value, and no value is left
/// out of the means; no pixel at all: no mean. Without instance maps there are no instance scores.
/// Special values: a perfect prediction scores 1 everywhere; a class that is predicted but never
/// true scores 0 and counts in the mean.
/// Source: Cordts et al. 2016, and the published evaluation code's conventions.
namespace triptych::metrics {

inline constexpr int kCityscapesIds = 34;

struct CityscapesLabel {
  const char* name;
  const char* category;  ///< "void", "flat" ...
  bool is_evaluated;
  double instance_size;  ///< mean pixels of an instance; 0 for classes without instance score
};

/// By id.
[[nodiscard]] const std::array<CityscapesLabel, kCityscapesIds>& cityscapes_labels();
/// The seven evaluated categories in the usual order.
[[nodiscard]] const std::vector<std::string>& cityscapes_categories();

/// Counts of one image.
struct CityscapesImage {
  std::array<std::array<std::uint64_t, kCityscapesIds>, kCityscapesIds>
      confusion{};  ///< [gt][pred]
  bool has_instances = false;
  std::array<double, kCityscapesIds> instance_tp{}, instance_fn{};  ///< weighted pixels
  std::map<std::string, std::array<double, 2>> category_instances;  ///< weighted {tp, fn}
};

/// Adds an image, or a part of it. Throws Error metrics.012 (lengths differ) and metrics.011: an id
/// above 33, in `truth` or `prediction`.
void add_cityscapes(CityscapesImage& image, std::span<const std::uint8_t> truth,
                    std::span<const std::uint8_t> prediction);

/// Adds the instance map of the whole image: values above 1000 are id*1000 + number.
void add_cityscapes_instances(CityscapesImage& image, std::span<const std::uint16_t> instances,
                              std::span<const std::uint8_t> prediction);

struct CityscapesScore {
  std::array<std::array<std::uint64_t, kCityscapesIds>, kCityscapesIds> confusion{};
  std::array<Value, kCityscapesIds> priors;             ///< share of truth pixels, by id
  std::array<Value, kCityscapesIds> iou, instance_iou;  ///< by id
  std::map<std::string, Value> category_iou, category_instance_iou;
  Value mean_iou, mean_instance_iou, mean_category_iou, mean_category_instance_iou;
};

/// The score of a data set. Instance scores only when every image has instances.
[[nodiscard]] CityscapesScore score_cityscapes(std::span<const CityscapesImage> images);

/// "confusion.7.8" ..., "instance_tp.26" ..., "has_instances"; and back.
[[nodiscard]] Statistics statistics(const CityscapesImage& image);
[[nodiscard]] CityscapesImage cityscapes_image(std::span<const Statistic> rows);

/// Resolution `half_odd`: every second row and column, beginning with row 1 and column 1, as a
/// nearest filter by the factor 2 takes them (source index floor((i + 0.5) * 2)). TaskPrompter
/// evaluates Cityscapes labels at 512 x 1024 so. `values` is [height * width], both even; Error
/// metrics.012 otherwise.
[[nodiscard]] std::vector<std::uint8_t> half_odd(std::span<const std::uint8_t> values, int width,
                                                 int height);

/// Disparity in full-resolution pixels of a 16-bit value of a Cityscapes disparity PNG: (v -
/// 1)/256, or -1 = invalid for v = 0, and for v = 1, a disparity of 0, which is infinitely far.
[[nodiscard]] double disparity_px(std::uint16_t stored);

/// Depth in metres = baseline * fx / disparity; -1 where the disparity is not positive. Camera
/// values are those of the image's own *_camera.json.
[[nodiscard]] double depth_m(double disparity_px, double baseline_m, double fx_px);

/// Marks the sky: disparity 0, which no range with min >= 0 evaluates. `sky_label_bug` marks label
/// id 10 (rail track) instead of 23, as TaskPrompter's loader does. Equal lengths, else Error
/// metrics.012.
void mark_sky(std::span<double> disparity_px, std::span<const std::uint8_t> label_ids,
              bool sky_label_bug = false);

}  // namespace triptych::metrics
