#include "triptych/metrics/human_parts.h"

#include <array>

namespace triptych::metrics {

namespace {

template <class Label>
void add(HumanPartsImage& image, std::span<const Label> truth, std::span<const Label> prediction,
         const SegmentationOptions& options) {
  add_segmentation(image.counts, truth, prediction, options);
  for (const std::int64_t label : truth) {
    const bool is_ignored = label == options.ignore;
    image.has_ignored |= is_ignored;
    image.has_background |= label == 0 && !is_ignored;
    image.has_part |= label != 0 && !is_ignored;
  }
}

bool left_out(const HumanPartsImage& image, const std::string& variant) {
  if (variant == "count_all_images" || image.has_part) return false;
  const bool is_mixture = image.has_background && image.has_ignored;
  return variant != "astmt" || !is_mixture;
}

constexpr std::array<VariantInfo, 4> kVariants{{
    {"taskprompter", "", false, "images without a part left out, mean over all classes"},
    {"official", "", false, "images without a part left out, absent classes left out of the mean"},
    {"astmt", "", false, "only images of one single value (0 or ignored) left out"},
    {"count_all_images", "", false, "no image left out (online meter of the multi-task survey)"},
}};

}  // namespace

void add_human_parts(HumanPartsImage& image, std::span<const std::uint8_t> truth,
                     std::span<const std::uint8_t> prediction, const SegmentationOptions& options) {
  add(image, truth, prediction, options);
}

void add_human_parts(HumanPartsImage& image, std::span<const std::int64_t> truth,
                     std::span<const std::int64_t> prediction, const SegmentationOptions& options) {
  add(image, truth, prediction, options);
}

const std::vector<std::string>& human_part_names() {
  static const std::vector<std::string> names{"background", "head",      "torso",    "upper arm",
                                              "lower arm",  "upper leg", "lower leg"};
  return names;
}

std::span<const VariantInfo> human_parts_variants() { return kVariants; }

SegmentationScore score_human_parts(std::span<const HumanPartsImage> images,
                                    std::string_view variant, std::size_t* images_left_out) {
  const auto name = parse_variant(variant, kVariants).name;
  std::vector<SegmentationImage> counted;
  std::size_t left = 0;
  for (const auto& image : images) {
    const bool is_left_out = left_out(image, name);
    // A data set that is left out whole still has its K classes.
    counted.push_back(is_left_out ? SegmentationImage(static_cast<int>(image.counts.tp.size()))
                                  : image.counts);
    left += is_left_out;
  }
  if (images_left_out) *images_left_out = left;
  return score_segmentation(counted, name == "official" ? "official" : "taskprompter");
}

Statistics statistics(const HumanPartsImage& image) {
  auto rows = statistics(image.counts);
  if (image.has_part) rows.push_back({"has_part", 1});
  if (image.has_background) rows.push_back({"has_background", 1});
  if (image.has_ignored) rows.push_back({"has_ignored", 1});
  return rows;
}

HumanPartsImage human_parts_image(std::span<const Statistic> rows, int classes) {
  HumanPartsImage image{.counts = segmentation_image(rows, classes)};
  for (const auto& [name, value] : rows) {
    if (name == "has_part") image.has_part = value != 0;
    if (name == "has_background") image.has_background = value != 0;
    if (name == "has_ignored") image.has_ignored = value != 0;
  }
  return image;
}

}  // namespace triptych::metrics
