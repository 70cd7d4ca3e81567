#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/metrics/edge_maps.h"
#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Boundaries: F-measure at the best threshold of the data set (odsF) and of each image (oisF), and
/// average precision (AP).
///
/// At each threshold the prediction becomes a binary map, is thinned, and its pixels are paired one
/// to one with those of the truth within D = max_distance * sqrt(width^2 + height^2) pixels
/// (edge_maps.h):
///   R = paired truth / truth      P = paired prediction / prediction      F = 2 P R / (P + R)
///
/// | variant         | thresholds           | prediction                    | truth               |
/// |-----------------|----------------------|-------------------------------|---------------------|
/// | seism (default) | 0.001, 0.01 .. 0.99, | non-maximum suppression, > t, | boundary of labels, |
/// |                 | 0.999 (101)          | thinned                       | thinned             |
/// | grid99          | 0.01 .. 0.99 (99)    | as seism                      | as seism            |
/// | pdollar         | 0.01 .. 0.99 (99)    | >= t, thinned (the caller     | boundary map, > 0   |
/// |                 |                      | suppresses)                   |                     |
///
///   odsF   counts summed over images per threshold, then the maximum of F; pdollar also over 100
///          blends of (R, P, T) between neighbouring thresholds
///   oisF   the counts of each image at its own best threshold, summed; one F (no mean of maxima)
///   AP     P interpolated over R at 0, 0.01 .. 1 inside the covered range, summed, divided by 100
///
/// Fractions, higher is better. No pixel is ignored. seism and grid99: no truth gives R 1, P 0; no
/// prediction R 0, P 1. pdollar: 0 in both cases. No image: no value. A perfect prediction (the
/// thinned truth itself, away from the border) scores 1. max_distance is part of the protocol:
/// 0.0075 on PASCAL-Context, 0.011 on NYUD. Sources: Martin et al. 2004, Arbelaez et al. 2011,
/// Pont-Tuset and Marques 2013 (SEISM).
namespace triptych::metrics {

enum class EdgeReading { kSeism, kPdollar };

/// Pixel counts at one threshold.
struct EdgeCounts {
  std::uint64_t matched_truth = 0, truth = 0;            ///< cntR, sumR
  std::uint64_t matched_prediction = 0, prediction = 0;  ///< cntP, sumP
};

/// Counts of one image, at the 101 thresholds of seism or the 99 of pdollar.
struct EdgeImage {
  EdgeReading reading = EdgeReading::kSeism;
  std::vector<EdgeCounts> counts;
};

/// The thresholds of a reading, ascending.
[[nodiscard]] std::vector<double> edge_thresholds(EdgeReading reading);

/// Measures one image. `prediction` holds 255 times the probability; `truths` one map per
/// annotator, usually one, each of the prediction's size (Error metrics.012 otherwise).
[[nodiscard]] EdgeImage measure_edges(const ByteMap& prediction, std::span<const ByteMap> truths,
                                      EdgeReading reading, double max_distance);

struct EdgeScore {
  Value ods_f, ods_threshold, ods_precision, ods_recall;
  Value ois_f, ois_precision, ois_recall;
  Value ap;
};

/// seism, pdollar, grid99
[[nodiscard]] std::span<const VariantInfo> edge_variants();
[[nodiscard]] EdgeReading edge_reading(std::string_view variant);

/// The score of a data set; "" = seism. Images measured for seism serve grid99 too. Throws Error
/// metrics.015 when an image was measured with the other reading.
[[nodiscard]] EdgeScore score_edges(std::span<const EdgeImage> images,
                                    std::string_view variant = "");

/// "seism.17.truth" ... for the counts that are not 0, and "seism.0.measured"; all such names; and
/// back.
[[nodiscard]] Statistics statistics(const EdgeImage& image);
[[nodiscard]] std::vector<std::string> edge_statistics(EdgeReading reading);
[[nodiscard]] EdgeImage edge_image(std::span<const Statistic> rows);

}  // namespace triptych::metrics
