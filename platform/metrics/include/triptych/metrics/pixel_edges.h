#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Boundaries pixel by pixel: F at the best of 99 thresholds, without any tolerance in place.
///
///   TP_t, FP_t   pixels with probability > t (strict) that are edges, and that are not;
///                t = i / 100.0, i = 1 .. 99; summed over the whole data set
///   FN_t         = edges - TP_t
///   F_t = 2 TP_t / (2 TP_t + FP_t + FN_t)      pixelF = max over t, at the lowest such t
///   precision = TP / (TP + FP)                 recall = TP / edges
///
/// Fractions, higher is better. Ignored pixels count nowhere. No edge in the set: no value. A
/// prediction that is not a number is above no threshold.
/// It ranks runs cheaply. It is never compared with odsF (edges.h), which thins the prediction and
/// matches boundaries within a distance. Source: our own; the F-measure of van Rijsbergen 1979.
///
/// Special values: the truth itself scores 1; a constant above 0.01 scores 2 e / (1 + e), e the
/// share of edges.
namespace triptych::metrics {

inline constexpr int kPixelThresholds = 99;

/// Counts of one image, or of several. Index i holds the threshold (i + 1) / 100.0.
struct PixelEdgeImage {
  std::uint64_t edges = 0;
  std::array<std::uint64_t, kPixelThresholds> tp{}, fp{};

  void merge(const PixelEdgeImage& other);  ///< exact, any order
};

/// Adds the pixels of one image, or a part of them. Truth: 1 = edge, `ignore` = not evaluated,
/// anything else = no edge. Throws Error metrics.012 for spans of different lengths.
void add_pixel_edges(PixelEdgeImage& image, std::span<const std::int64_t> truth,
                     std::span<const double> probability, std::int64_t ignore);

struct PixelEdgeScore {
  Value f, threshold, precision, recall;
};

/// pixel
[[nodiscard]] std::span<const VariantInfo> pixel_edge_variants();

[[nodiscard]] PixelEdgeScore score_pixel_edges(std::span<const PixelEdgeImage> images);

/// "pixel.edges", "pixel.tp.17" (t = 0.17) ... for the counts that are not 0; all such names; and
/// back.
[[nodiscard]] Statistics statistics(const PixelEdgeImage& image);
[[nodiscard]] std::vector<std::string> pixel_edge_statistics();
[[nodiscard]] PixelEdgeImage pixel_edge_image(std::span<const Statistic> rows);

}  // namespace triptych::metrics
