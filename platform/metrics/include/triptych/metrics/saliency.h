#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Saliency: the largest F-measure over thresholds on the foreground probability p, and the MAE.
///
///   P = TP/(TP+FP), R = TP/(TP+FN), 0/0 = 0     F = (1+b2) P R / (b2 P + R), 0/0 = 0
///   maxF = max over thresholds; threshold = the lowest one that reaches it
///   mae = mean |p - g| over the valid pixels of the data set, p the true probability always
///
/// Fractions; maxF higher, mae lower is better. Truth g: 0, 1, or 255 = ignored.
///
/// | variant           | tested value        | thresholds, test      | b2  | averaging          |
/// |-------------------|---------------------|-----------------------|-----|--------------------|
/// | classic (default) | p                   | i/255, i = 1..255, >= | 0.3 | TP, FP, FN pooled  |
/// | grid19            | p, float32          | 0.05, 0.1 .. 0.95, >= | 0.3 | pooled             |
/// | taskprompter      | sigmoid(p), float32 | 0.05, 0.1 .. 0.95, >= | 0.3 | pooled             |
/// | per_image         | p                   | as classic            | 0.3 | mean P and mean R  |
/// |                   |                     |                       |     | over images        |
/// | astmt             | trunc(255 p)/255    | 15 in 0.2 .. 0.9, >   | 1   | as per_image       |
///
/// taskprompter (aliases taskprompter_maxf, invpt) reproduces a meter that applies a second sigmoid
/// to a probability: its numbers compare with no correct maxF.
/// No valid pixel: no value; per_image and astmt leave images without one out.
/// Special values: a perfect 0/1 map scores 1 with mae 0; truth without foreground scores 0.
/// Sources: Achanta et al. 2009 (b2 = 0.3), Maninis et al. 2019 (astmt).
namespace triptych::metrics {

enum class SaliencyKind { kClassic, kGrid19, kTaskprompter, kAstmt };
inline constexpr int kSaliencyKinds = 4;

/// Pixels by the number of thresholds that they pass.
struct SaliencyLevels {
  std::vector<std::uint64_t> foreground, background;  ///< [thresholds + 1], by truth
};

/// One image: enough for every variant.
struct SaliencyImage {
  std::array<std::optional<SaliencyLevels>, kSaliencyKinds> levels;
  std::uint64_t pixels = 0;  ///< valid
  double absolute = 0;       ///< sum |p - g|
  std::uint64_t not_finite = 0;
};

struct SaliencyOptions {
  std::vector<SaliencyKind> kinds{SaliencyKind::kClassic, SaliencyKind::kGrid19,
                                  SaliencyKind::kTaskprompter, SaliencyKind::kAstmt};
};

/// Adds the pixels of one image, or a part of them in their order. Predictions are probabilities,
/// or 255 times them in the 8-bit form. A prediction that is not finite leaves the data set without
/// a score. Throws Error metrics.011 for a truth other than 0, 1, 255, metrics.012 for different
/// lengths, metrics.016 for a probability outside [0, 1] by more than 0.001.
void add_saliency(SaliencyImage& image, std::span<const std::uint8_t> truth,
                  std::span<const std::uint8_t> prediction, const SaliencyOptions& options = {});
void add_saliency(SaliencyImage& image, std::span<const std::uint8_t> truth,
                  std::span<const float> prediction, const SaliencyOptions& options = {});
void add_saliency(SaliencyImage& image, std::span<const std::uint8_t> truth,
                  std::span<const double> prediction, const SaliencyOptions& options = {});

struct SaliencyScore {
  Value max_f, threshold;  ///< with the variant's beta^2
  Value mae;
  double beta2 = 0;
  Value max_f_beta1, threshold_beta1;  ///< the same with beta^2 = 1
  Value max_iou;                       ///< astmt: mean IoU over images, best threshold
  std::uint64_t n_valid = 0;
  std::uint64_t images_left_out = 0;  ///< per_image, astmt
};

/// classic, taskprompter, taskprompter_maxf, invpt, grid19, per_image, astmt
[[nodiscard]] std::span<const VariantInfo> saliency_variants();
[[nodiscard]] SaliencyKind saliency_kind(std::string_view variant);

/// The score of a data set, images in order; "" = classic. Throws Error metrics.015 when an image
/// was not measured in the variant's kind.
[[nodiscard]] SaliencyScore score_saliency(std::span<const SaliencyImage> images,
                                           std::string_view variant = "");

/// "classic.foreground.17" ... for the counts that are not 0, "absolute", "not_finite"; and back.
[[nodiscard]] Statistics statistics(const SaliencyImage& image);
[[nodiscard]] SaliencyImage saliency_image(std::span<const Statistic> rows);

}  // namespace triptych::metrics
