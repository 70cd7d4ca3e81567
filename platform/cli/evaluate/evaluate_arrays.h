#pragma once

// Pairs of `.npy` arrays, walked in pieces: memory does not grow with the files.
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "evaluate_output.h"
#include "triptych/metrics/npy.h"

namespace triptych::cli {

inline constexpr std::int64_t kChunkPixels = 1 << 16;  // 0.5 MB per channel as doubles

/// Truth and prediction of equal count and size.
struct ArrayPair {
  metrics::NpyImages truth, prediction;

  /// Throws triptych::Error metrics.012 when their images differ in number or size.
  static ArrayPair maps(const CommonOptions& common);
  static ArrayPair vectors(const CommonOptions& common);
};

/// One piece of one image. Spans are valid during the call only; [channel].
struct ArrayChunk {
  std::int64_t image = 0;
  std::int64_t first_pixel = 0;
  std::vector<std::span<double>> truth, prediction;
};

/// Visits all pieces: images in parallel on `common.threads` threads, the pieces of one image in
/// their order. Images [first, last) only; the whole arrays by default.
void each_chunk(const ArrayPair& arrays, int channels, const CommonOptions& common,
                const std::string& name, const std::function<void(const ArrayChunk&)>& visit,
                std::int64_t first = 0,
                std::int64_t last = std::numeric_limits<std::int64_t>::max());

/// "image 3, row 5, column 7"
[[nodiscard]] std::string place(const metrics::NpyImages& images, std::int64_t image,
                                std::int64_t pixel);

/// Throws triptych::Error evaluate.006: a prediction that is not finite where it counts.
[[noreturn]] void refuse_not_finite(const metrics::NpyImages& prediction, std::int64_t image,
                                    std::int64_t pixel, double value);

/// Whole numbers of a piece: labels. A truth that is none (or not finite) is an error; a prediction
/// beyond the range of int64 becomes the nearest end of it, one that is no whole number an error.
/// Where `truth` is `ignore`, a prediction may be anything.
void to_labels(const metrics::NpyImages& images, const ArrayChunk& chunk, bool is_truth,
               std::int64_t ignore, std::span<const std::int64_t> truth,
               std::vector<std::int64_t>& out);

/// Writes `images`, `height` and `width` of the arrays into a document.
void describe_images(const ArrayPair& arrays, Document& document);

/// "0", "1" ... for the per-image file.
[[nodiscard]] std::vector<std::string> image_numbers(std::int64_t count);

}  // namespace triptych::cli
