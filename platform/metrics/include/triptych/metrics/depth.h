#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Depth or disparity: the usual error set. Unit: that of the arrays (metres, or pixels of
/// disparity); the protocol must name it.
///
/// Over the valid pixels V, g truth, p prediction, ln the natural logarithm, e = ln p - ln g:
///   rmse     = sqrt(mean (g-p)^2)              abs_err = mean |g-p|
///   log_rmse = sqrt(mean e^2)                  abs_rel = mean |g-p|/g
///   silog    = sqrt(max(0, mean e^2 - (mean e)^2))   (not times 100)
///   sq_rel   = mean (g-p)^2/g                  delta_k = share of max(g/p, p/g) < 1.25^k, strict
/// Lower is better, except delta_k. Sources: Eigen et al. 2014.
///
/// | variant             | V                     | values         | averaging                     |
/// |---------------------|-----------------------|----------------|-------------------------------|
/// | pooled (default)    | min < g < max, strict | p <= 0 -> 1e-9 | all pixels, one root          |
/// | per_image           | as pooled             | as pooled      | mean over images with a valid |
/// |                     |                       |                | pixel                         |
/// | taskprompter        | min < g < max (0, 80) | float32; g or  | as pooled; rmse, log_rmse,    |
/// |                     |                       | p <= 0 -> 1e-9 | abs_rel, sq_rel               |
/// | taskprompter_legacy | g != ignore           | the same       | the same                      |
/// | astmt               | every pixel           | g = 0, p <= 0  | rmse: mean over images;       |
/// |                     |                       | -> 1e-9        | log_rmse: median              |
/// | survey              | g != 0                | p <= 0 -> 1e-9 | as pooled                     |
/// | libmtl              | g != 0                | as they are    | as pooled; abs_err, abs_rel   |
/// | batch_mean(bs)      | g != 0                | as they are    | mean over batches of bs       |
/// |                     |                       |                | images; abs_err, abs_rel; no  |
/// |                     |                       |                | value where one has no pixel  |
///
/// 1e-9 is the float32 nearest to it, widened. V is found before any value is replaced.
/// No valid pixel: no value. A prediction (or a truth inside V) that is not finite leaves the
/// metrics that need it without a value and is counted in `DepthImage::not_finite`; it is never
/// left out. Special values: p = g gives 0 and delta 1; p = c*g gives silog 0 and abs_rel |c-1|;
/// one p <= 0 adds (ln g + 20.7)^2 to the sum of log_rmse.
namespace triptych::metrics {

struct DepthOptions {
  double min = 0;                ///< >= 0, excluded
  double max = 80;               ///< > min, excluded; infinity allowed
  std::optional<double> ignore;  ///< needed by taskprompter_legacy only
  bool rounds_to_float = false;  ///< round both to float32 first (the two taskprompter variants)
  bool in_range_only = false;    ///< leave other kinds of pixels out: enough for pooled, per_image
                                 ///< and taskprompter, and faster where much is invalid
};

/// Sums over the pixels of one kind. The raw pair takes p as it is, the others p <= 0 as 1e-9.
struct DepthSums {
  std::uint64_t pixels = 0;
  double squared = 0;           ///< sum (g-p)^2
  double log_squared = 0;       ///< sum e^2
  double log_error = 0;         ///< sum e
  double log_spread = 0;        ///< sum (e - mean e)^2, kept apart: no cancellation in silog
  double absolute = 0;          ///< sum |g-p|
  double relative = 0;          ///< sum |g-p|/g
  double squared_relative = 0;  ///< sum (g-p)^2/g
  std::array<std::uint64_t, 3> within{};  ///< pixels with max(g/p, p/g) < 1.25^(k+1)
  double raw_absolute = 0;
  double raw_relative = 0;

  void merge(const DepthSums& other);
};

/// Kinds of pixels by their truth g. Each variant adds up some of them.
enum class DepthKind {
  kInRange,      ///< min < g < max
  kOutOfRange,   ///< g > 0 otherwise, and not-a-number
  kZero,         ///< g = 0, taken as 1e-9
  kNegative,     ///< g < 0, as it is
  kNegativeTiny  ///< the same pixels, g taken as 1e-9
};
inline constexpr int kDepthKinds = 5;

/// Error sums of one image: enough for every variant.
struct DepthImage {
  /// [kind][1 where g equals the ignore value]
  std::array<std::array<DepthSums, 2>, kDepthKinds> sums{};
  std::uint64_t not_finite = 0;  ///< predictions that are not finite where min < g < max
};

/// Adds the pixels of one image, or a part of them in their order: sums continue pixel by pixel, so
/// chunks of any size give equal bits. Throws Error metrics.012 for spans of different lengths and
/// metrics.013 for a range that is not 0 <= min < max.
void add_depth(DepthImage& image, std::span<const float> truth, std::span<const float> prediction,
               const DepthOptions& options);
void add_depth(DepthImage& image, std::span<const double> truth, std::span<const double> prediction,
               const DepthOptions& options);

/// What a variant does not report has no value.
struct DepthScore {
  Value rmse, log_rmse, abs_err, abs_rel, sq_rel, silog;
  std::array<Value, 3> delta;         ///< fractions
  std::uint64_t n_valid = 0;          ///< pixels
  std::uint64_t images_left_out = 0;  ///< per_image: images without a valid pixel
};

/// pooled, per_image, taskprompter, taskprompter_legacy, astmt, survey, libmtl, batch_mean(bs)
[[nodiscard]] std::span<const VariantInfo> depth_variants();

/// The score of a data set, images in order; "" = pooled.
[[nodiscard]] DepthScore score_depth(std::span<const DepthImage> images,
                                     std::string_view variant = "");

/// "in_range.squared", "zero.ignored.pixels" ... for the kinds that have pixels; all such names;
/// and back.
[[nodiscard]] Statistics statistics(const DepthImage& image);
[[nodiscard]] std::vector<std::string> depth_statistics();
[[nodiscard]] DepthImage depth_image(std::span<const Statistic> rows);

}  // namespace triptych::metrics
