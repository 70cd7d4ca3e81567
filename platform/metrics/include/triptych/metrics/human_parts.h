#pragma once

#include "triptych/metrics/segmentation.h"

/// Human parts (PASCAL-Context, 7 classes: background, head, torso, upper and lower arm, upper and
/// lower leg): the segmentation score over images that show a part.
///
/// An image whose truth holds nothing but background (0) and ignored pixels is left out whole.
///
/// | variant          | images left out                | mean over                       |
/// |------------------|--------------------------------|---------------------------------|
/// | taskprompter     | those without a part (default) | all classes, an absent one is 0 |
/// | official         | those without a part           | classes with TP, FP or FN       |
/// | astmt            | truth all 0 or all ignored,    | all classes, an absent one is 0 |
/// |                  | but not a mixture              |                                 |
/// | count_all_images | none                           | all classes, an absent one is 0 |
///
/// Formulas, units, range and ignored pixels: as in segmentation.h. No image with a part (but under
/// count_all_images): no mean and no accuracy. Special values: a perfect prediction of images that
/// show every part scores 1. Sources: Chen et al. 2014 (parts), Maninis et al. 2019 (the rule for
/// images without a person).
namespace triptych::metrics {

/// Counts of one image and what decides whether it is left out.
struct HumanPartsImage {
  SegmentationImage counts;
  bool has_part = false;        ///< a truth pixel that is neither 0 nor ignored
  bool has_background = false;  ///< a truth pixel 0
  bool has_ignored = false;     ///< a truth pixel that is ignored
};

/// Adds pixels of one image (any chunks). Errors as add_segmentation.
void add_human_parts(HumanPartsImage& image, std::span<const std::uint8_t> truth,
                     std::span<const std::uint8_t> prediction, const SegmentationOptions& options);
void add_human_parts(HumanPartsImage& image, std::span<const std::int64_t> truth,
                     std::span<const std::int64_t> prediction, const SegmentationOptions& options);

/// background, head, torso, upper arm, lower arm, upper leg, lower leg
[[nodiscard]] const std::vector<std::string>& human_part_names();

/// taskprompter, official, astmt, count_all_images
[[nodiscard]] std::span<const VariantInfo> human_parts_variants();

/// The score of a data set; "" = taskprompter. `images_left_out`, when given, is set.
[[nodiscard]] SegmentationScore score_human_parts(std::span<const HumanPartsImage> images,
                                                  std::string_view variant = "",
                                                  std::size_t* images_left_out = nullptr);

/// The counts, and "has_part", "has_background", "has_ignored" (1 where true); and back.
[[nodiscard]] Statistics statistics(const HumanPartsImage& image);
[[nodiscard]] HumanPartsImage human_parts_image(std::span<const Statistic> rows, int classes);

}  // namespace triptych::metrics
