#include "triptych/metrics/segmentation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "triptych/error.h"

namespace triptych::metrics {

void SegmentationImage::merge(const SegmentationImage& other) {
  if (tp.size() != other.tp.size()) {
    throw Error("metrics.012", "segmentation counts",
                "of " + std::to_string(tp.size()) + " and of " + std::to_string(other.tp.size()) +
                    " classes cannot be merged");
  }
  for (std::size_t c = 0; c < tp.size(); ++c) {
    tp[c] += other.tp[c];
    fp[c] += other.fp[c];
    fn[c] += other.fn[c];
  }
}

namespace {

[[noreturn]] void refuse_truth(std::size_t pixel, std::int64_t value,
                               const SegmentationOptions& options) {
  throw Error(Problem{.code = "metrics.011",
                      .message = "pixel " + std::to_string(pixel) + ": truth label " +
                                 std::to_string(value) + " is neither a class nor ignored",
                      .expected = "expected 0.." + std::to_string(options.classes - 1) + " or " +
                                  std::to_string(options.ignore) + " (ignored)"});
}

template <class Label>
void add(SegmentationImage& image, std::span<const Label> truth, std::span<const Label> prediction,
         const SegmentationOptions& options) {
  if (truth.size() != prediction.size()) {
    throw Error("metrics.012", "segmentation",
                std::to_string(truth.size()) + " truth pixels and " +
                    std::to_string(prediction.size()) + " predicted ones");
  }
  const auto classes = static_cast<std::uint64_t>(options.classes);
  if (image.tp.size() != classes) image = SegmentationImage(options.classes);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::int64_t t = truth[i];
    const std::int64_t p = prediction[i];
    if (t == options.ignore) continue;
    if (static_cast<std::uint64_t>(t) >= classes) refuse_truth(i, t, options);
    if (t == p) {
      ++image.tp[t];
      continue;
    }
    ++image.fn[t];
    if (static_cast<std::uint64_t>(p) < classes) ++image.fp[p];
  }
}

constexpr std::array<VariantInfo, 4> kVariants{{
    {"official", "", false, "Cityscapes: absent classes are left out of the mean"},
    {"taskprompter", "", false, "InvPT and TaskPrompter meters: an absent class counts as IoU 0"},
    {"absent_zero", "taskprompter", false, "alias of taskprompter"},
    {"absent_nan", "", false, "MTAN family, LibMTL: an absent class leaves no mean"},
}};

}  // namespace

void add_segmentation(SegmentationImage& image, std::span<const std::uint8_t> truth,
                      std::span<const std::uint8_t> prediction,
                      const SegmentationOptions& options) {
  add(image, truth, prediction, options);
}

void add_segmentation(SegmentationImage& image, std::span<const std::int64_t> truth,
                      std::span<const std::int64_t> prediction,
                      const SegmentationOptions& options) {
  add(image, truth, prediction, options);
}

std::span<const VariantInfo> segmentation_variants() { return kVariants; }

SegmentationScore score_segmentation(std::span<const SegmentationImage> images,
                                     std::string_view variant) {
  const auto name = parse_variant(variant, kVariants).name;
  SegmentationImage sum;
  for (const auto& image : images) {
    if (sum.tp.empty()) sum = SegmentationImage(static_cast<int>(image.tp.size()));
    sum.merge(image);
  }
  SegmentationScore score{.tp = sum.tp, .fp = sum.fp, .fn = sum.fn};
  const bool absent_is_zero = name == "taskprompter";
  double total = 0;
  std::uint64_t correct = 0;
  for (std::size_t c = 0; c < sum.tp.size(); ++c) {
    const auto pixels = sum.tp[c] + sum.fp[c] + sum.fn[c];
    auto iou = ratio(static_cast<double>(sum.tp[c]), static_cast<double>(pixels));
    if (!iou && absent_is_zero) iou = 0.0;
    if (iou) score.classes_averaged.push_back(static_cast<int>(c));
    total += iou.value_or(0);
    correct += sum.tp[c];
    score.n_valid += sum.tp[c] + sum.fn[c];
    score.iou.push_back(iou);
  }
  if (score.n_valid == 0) score.classes_averaged.clear();
  const bool poisoned = name == "absent_nan" && score.classes_averaged.size() < sum.tp.size();
  if (!poisoned) score.mean_iou = ratio(total, static_cast<double>(score.classes_averaged.size()));
  score.pixel_accuracy = ratio(static_cast<double>(correct), static_cast<double>(score.n_valid));
  return score;
}

Statistics statistics(const SegmentationImage& image) {
  Statistics rows;
  const auto append = [&](const char* name, const std::vector<std::uint64_t>& counts) {
    for (std::size_t c = 0; c < counts.size(); ++c) {
      if (counts[c] == 0) continue;
      rows.push_back({name + std::to_string(c), static_cast<double>(counts[c])});
    }
  };
  append("tp.", image.tp);
  append("fp.", image.fp);
  append("fn.", image.fn);
  return rows;
}

std::vector<std::string> segmentation_statistics(int classes) {
  std::vector<std::string> names;
  for (const auto* kind : {"tp.", "fp.", "fn."}) {
    for (int c = 0; c < classes; ++c) names.push_back(kind + std::to_string(c));
  }
  return names;
}

SegmentationImage segmentation_image(std::span<const Statistic> rows, int classes) {
  SegmentationImage image(classes);
  for (const auto& [name, value] : rows) {
    if (name.size() < 4 || name[2] != '.') continue;
    auto* counts = name.starts_with("tp")   ? &image.tp
                   : name.starts_with("fp") ? &image.fp
                   : name.starts_with("fn") ? &image.fn
                                            : nullptr;
    std::size_t c = 0;
    const auto [end, error] = std::from_chars(name.data() + 3, name.data() + name.size(), c);
    if (!counts || error != std::errc() || end != name.data() + name.size()) continue;
    if (c < counts->size()) (*counts)[c] = static_cast<std::uint64_t>(value);
  }
  return image;
}

}  // namespace triptych::metrics
