#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Surface normals: angle between predicted and true normal, in degrees, 0..180, lower is better.
///
///   mean, median, rmse = sqrt(mean e^2)      over the pixels of the whole data set, not per image
///   within_t           share of e < t, strict, t = 11.25, 22.5, 30; fraction, higher is better
///
/// The median is that of all pixels, exact; an even count gives the mean of the two middle ones.
/// The prediction is scaled to length 1 (a zero vector stays zero); so is the truth, but in libmtl.
///
/// | variant           | valid pixels                  | error e               | reported       |
/// |-------------------|-------------------------------|-----------------------|----------------|
/// | classic (default) | truth not 0, no channel 255   | 2 atan2(|p-g|, |p+g|) | all            |
/// | taskprompter      | no channel of it 255; a zero  | prediction to 8-bit   | mean           |
/// |                   | truth counts, with 90 degrees | scale (not rounded)   |                |
/// |                   |                               | and back, float32     |                |
/// | astmt             | truth not 0                   | prediction stored in  | all            |
/// |                   |                               | 8 bits; acos          |                |
/// | libmtl            | sum of components not 0       | acos(clamp(p.g))      | all but rmse   |
/// | mtan(bs)          | sum of components not 0       | acos(clamp(p.g))      | mean of batch  |
/// |                   |                               |                       | means, mean of |
/// |                   |                               |                       | batch medians  |
///
/// 8-bit scale: v = (n+1)*255/2, stored truncated; n = 2v/255 - 1.
/// No valid pixel (mtan: in any batch): no value. A prediction that is not finite on a valid pixel
/// leaves no value and is counted. Special values (classic): p = g gives 0, p = -g 180, p = 0 gives
/// 90. 2 atan2 equals acos(p.g), but keeps its digits near 0 and 180.
/// Sources: Fouhey et al. 2013 (the metrics), Kahan 2006 (the angle), Maninis et al. 2019 (astmt).
namespace triptych::metrics {

/// One way of measuring an angle; each variant uses the one of its name.
enum class NormalsKind { kClassic, kTaskprompter, kAstmt, kLibmtl, kMtan };
inline constexpr int kNormalsKinds = 5;

using Normal = std::array<double, 3>;  ///< any length

/// The error of one pixel in degrees, nullopt where it is not valid. NaN where a valid pixel's
/// prediction is not finite.
[[nodiscard]] std::optional<double> normal_error_deg(NormalsKind kind, const Normal& truth,
                                                     const Normal& prediction);

/// 2v/255 - 1 of a stored component.
[[nodiscard]] inline double normal_from_byte(double v) { return 2 * v / 255 - 1; }

/// The vector of a truth pixel in the 8-bit form. The scale has no code for 0: it lies between 127
/// and 128, so a pixel of nothing but these two is the zero vector, "no label".
[[nodiscard]] Normal truth_normal_from_bytes(const Normal& stored);

/// Sums over the valid pixels of one kind.
struct NormalsSums {
  std::uint64_t pixels = 0;
  double sum = 0;                         ///< degrees
  double squared = 0;                     ///< degrees^2
  std::array<std::uint64_t, 3> within{};  ///< e < 11.25, 22.5, 30
  std::uint64_t not_finite = 0;           ///< valid pixels whose prediction is not finite
  std::vector<double> errors;  ///< the errors themselves, where kept (the median needs them)
  bool keeps_errors = false;

  void add(double error_deg);
};

/// One image. A kind that was not measured is empty.
struct NormalsImage {
  std::array<std::optional<NormalsSums>, kNormalsKinds> sums;
};

/// Component arrays of one image or a part of it, of equal length.
template <class Real>
struct NormalsMap {
  std::span<const Real> x, y, z;
};

struct NormalsOptions {
  std::vector<NormalsKind> kinds{NormalsKind::kClassic, NormalsKind::kTaskprompter};
  bool keeps_errors = true;  ///< 8 bytes per pixel and kind, for the median
};

/// Adds the pixels of one image, or a part of them in their order (chunks give equal bits).
/// Throws Error metrics.012 when lengths differ.
void add_normals(NormalsImage& image, const NormalsMap<float>& truth,
                 const NormalsMap<float>& prediction, const NormalsOptions& options = {});
void add_normals(NormalsImage& image, const NormalsMap<double>& truth,
                 const NormalsMap<double>& prediction, const NormalsOptions& options = {});

struct NormalsScore {
  Value mean, median, rmse;     ///< degrees
  std::array<Value, 3> within;  ///< fractions, below 11.25, 22.5 and 30 degrees
  std::uint64_t n_valid = 0;
};

/// classic, taskprompter, astmt, libmtl, mtan(bs)
[[nodiscard]] std::span<const VariantInfo> normals_variants();
[[nodiscard]] NormalsKind normals_kind(std::string_view variant);

/// The score of a data set, images in order; "" = classic. Where errors were not kept the median
/// has no value. Throws Error metrics.015 when an image was not measured in the variant's kind.
[[nodiscard]] NormalsScore score_normals(std::span<const NormalsImage> images,
                                         std::string_view variant = "");

/// "classic.sum" ...; and back, without the single errors (so without a median).
[[nodiscard]] Statistics statistics(const NormalsImage& image);
[[nodiscard]] NormalsImage normals_image(std::span<const Statistic> rows);

}  // namespace triptych::metrics
