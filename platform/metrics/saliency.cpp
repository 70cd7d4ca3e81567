#include "triptych/metrics/saliency.h"

#include <algorithm>
#include <string>

#include "saliency_levels.h"
#include "triptych/error.h"

namespace triptych::metrics {

namespace {

struct Counts {
  double tp = 0, predicted = 0, actual = 0;
};

// The counts at each threshold k: a pixel of level l is predicted foreground when l > k.
std::vector<Counts> counts_at_thresholds(const SaliencyLevels& levels) {
  std::vector<Counts> out(levels.foreground.size() - 1);
  std::uint64_t foreground = 0;
  std::uint64_t background = 0;
  for (std::size_t k = out.size(); k-- > 0;) {
    foreground += levels.foreground[k + 1];
    background += levels.background[k + 1];
    out[k].tp = static_cast<double>(foreground);
    out[k].predicted = static_cast<double>(foreground + background);
  }
  for (auto& counts : out) counts.actual = static_cast<double>(foreground + levels.foreground[0]);
  return out;
}

double or_zero(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator : 0;
}

struct Curve {
  std::vector<double> precision, recall;
};

// First maximum of F along the curve.
struct Best {
  double f = -1;
  std::size_t at = 0;
};

Best best(const Curve& curve, double beta2, double guard = 0) {
  Best out;
  for (std::size_t k = 0; k < curve.precision.size(); ++k) {
    const double p = curve.precision[k];
    const double r = curve.recall[k];
    const double f = or_zero((1 + beta2) * p * r, beta2 * p + r + guard);
    if (f > out.f) out = {f, k};
  }
  return out;
}

Curve pooled(std::span<const SaliencyLevels* const> images) {
  SaliencyLevels sum = *images.front();
  for (const auto* image : images.subspan(1)) {
    for (std::size_t l = 0; l < sum.foreground.size(); ++l) {
      sum.foreground[l] += image->foreground[l];
      sum.background[l] += image->background[l];
    }
  }
  Curve curve;
  for (const auto& counts : counts_at_thresholds(sum)) {
    curve.precision.push_back(or_zero(counts.tp, counts.predicted));
    curve.recall.push_back(or_zero(counts.tp, counts.actual));
  }
  return curve;
}

// Mean of P and R over images per threshold; `iou` the same for the intersection over union.
Curve averaged(std::span<const SaliencyLevels* const> images, double guard,
               std::vector<double>& iou) {
  Curve curve;
  for (const auto* image : images) {
    const auto counts = counts_at_thresholds(*image);
    curve.precision.resize(counts.size());
    curve.recall.resize(counts.size());
    iou.resize(counts.size());
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const auto& [tp, predicted, actual] = counts[k];
      curve.precision[k] += or_zero(tp, predicted + guard);
      curve.recall[k] += or_zero(tp, actual + guard);
      iou[k] += or_zero(tp, predicted + actual - tp + guard);
    }
  }
  const auto n = static_cast<double>(images.size());
  for (auto* values : {&curve.precision, &curve.recall, &iou}) {
    for (auto& value : *values) value /= n;
  }
  return curve;
}

constexpr std::array<VariantInfo, 7> kVariants{{
    {"classic", "", false, "255 thresholds on the true probability, pooled counts"},
    {"taskprompter", "", false, "InvPT and TaskPrompter meters: a second sigmoid, 19 thresholds"},
    {"taskprompter_maxf", "taskprompter", false, "alias of taskprompter"},
    {"invpt", "taskprompter", false, "alias of taskprompter"},
    {"grid19", "", false, "ATRC, MTDP_Lib: 19 thresholds on the true probability"},
    {"per_image", "", false, "precision and recall averaged over images"},
    {"astmt", "", false, "ASTMT: 15 thresholds on the 8-bit map, beta^2 = 1, averaged over images"},
}};

constexpr double kGuard = 1e-12;  // of ASTMT's denominators

}  // namespace

std::span<const VariantInfo> saliency_variants() { return kVariants; }

SaliencyKind saliency_kind(std::string_view variant) {
  auto name = parse_variant(variant, kVariants).name;
  if (name == "per_image") name = "classic";
  const auto at = std::find(kSaliencyKindNames.begin(), kSaliencyKindNames.end(), name);
  return static_cast<SaliencyKind>(at - kSaliencyKindNames.begin());
}

SaliencyScore score_saliency(std::span<const SaliencyImage> images, std::string_view variant) {
  const auto name = parse_variant(variant, kVariants).name;
  const auto kind = saliency_kind(variant);
  const bool is_astmt = name == "astmt";
  SaliencyScore score{.beta2 = is_astmt ? 1 : 0.3};
  std::vector<const SaliencyLevels*> measured;
  double absolute = 0;
  bool is_finite = true;
  for (const auto& image : images) {
    absolute += image.absolute;
    score.n_valid += image.pixels;
    is_finite &= image.not_finite == 0;
    const auto& levels = image.levels[static_cast<int>(kind)];
    if (!levels)
      throw Error("metrics.015", "saliency", "an image was not measured for '" + name + "'");
    if (image.pixels > 0) measured.push_back(&*levels);
  }
  if (score.n_valid == 0 || !is_finite) return score;
  score.mae = ratio(absolute, static_cast<double>(score.n_valid));

  const bool is_averaged = is_astmt || name == "per_image";
  const double guard = is_astmt ? kGuard : 0;
  std::vector<double> iou;
  const auto curve = is_averaged ? averaged(measured, guard, iou) : pooled(measured);
  const auto thresholds = saliency_thresholds(kind);
  const auto found = best(curve, score.beta2, guard);
  const auto found1 = best(curve, 1, guard);
  score.max_f = found.f;
  score.threshold = thresholds[found.at];
  score.max_f_beta1 = found1.f;
  score.threshold_beta1 = thresholds[found1.at];
  if (is_averaged) score.images_left_out = images.size() - measured.size();
  if (is_astmt) score.max_iou = *std::max_element(iou.begin(), iou.end());
  return score;
}

}  // namespace triptych::metrics
