#include "evaluate_arrays.h"

#include <algorithm>
#include <cmath>

#include "evaluate_progress.h"
#include "triptych/error.h"
#include "triptych/metrics/parallel.h"

namespace triptych::cli {

using metrics::NpyImages;

namespace {

void check(const NpyImages& truth, const NpyImages& prediction) {
  // N x 1 x H x W and N x H x W x 1 both fit some shapes; their pixels are the same then.
  const bool same_size =
      truth.height() == prediction.height() && truth.width() == prediction.width();
  const bool both_lines = truth.pixels() == prediction.pixels() &&
                          std::min(truth.height(), truth.width()) == 1 &&
                          std::min(prediction.height(), prediction.width()) == 1;
  if (truth.count() == prediction.count() && (same_size || both_lines)) return;
  throw Error(Problem{.code = "metrics.012",
                      .message = "the array is " + prediction.shape_text(),
                      .file = prediction.file(),
                      .expected = "expected " + std::to_string(truth.count()) + " image(s) of " +
                                  std::to_string(truth.height()) + " x " +
                                  std::to_string(truth.width()) + " as in " + truth.file()});
}

}  // namespace

ArrayPair ArrayPair::maps(const CommonOptions& common) {
  ArrayPair pair{NpyImages::open_maps(common.truth), NpyImages::open_maps(common.prediction)};
  check(pair.truth, pair.prediction);
  return pair;
}

ArrayPair ArrayPair::vectors(const CommonOptions& common) {
  ArrayPair pair{NpyImages::open_vectors(common.truth), NpyImages::open_vectors(common.prediction)};
  check(pair.truth, pair.prediction);
  return pair;
}

void each_chunk(const ArrayPair& arrays, int channels, const CommonOptions& common,
                const std::string& name, const std::function<void(const ArrayChunk&)>& visit,
                std::int64_t first_image, std::int64_t last_image) {
  const auto& truth = arrays.truth;
  const auto& prediction = arrays.prediction;
  const auto count = std::min(last_image, truth.count()) - first_image;
  Progress progress(name, count);
  metrics::parallel_for(count, common.threads, [&](std::int64_t offset) {
    const auto image = first_image + offset;
    std::vector<std::vector<double>> buffers(2 * static_cast<std::size_t>(channels));
    for (std::int64_t first = 0; first < truth.pixels(); first += kChunkPixels) {
      const auto size = static_cast<std::size_t>(std::min(kChunkPixels, truth.pixels() - first));
      ArrayChunk chunk{.image = image, .first_pixel = first};
      for (int c = 0; c < 2 * channels; ++c) {
        auto& buffer = buffers[c];
        buffer.resize(size);
        const bool is_truth = c < channels;
        (is_truth ? truth : prediction).read(image, first, c % channels, buffer);
        (is_truth ? chunk.truth : chunk.prediction).emplace_back(buffer);
      }
      visit(chunk);
    }
    progress.advance();
  });
}

std::string place(const NpyImages& images, std::int64_t image, std::int64_t pixel) {
  return "image " + std::to_string(image) + ", row " + std::to_string(pixel / images.width()) +
         ", column " + std::to_string(pixel % images.width());
}

void refuse_not_finite(const NpyImages& prediction, std::int64_t image, std::int64_t pixel,
                       double value) {
  throw Error(Problem{.code = "evaluate.006",
                      .message = place(prediction, image, pixel) + ": the prediction is " +
                                 (std::isnan(value) ? "not a number" : "infinite") +
                                 " where it is evaluated",
                      .file = prediction.file(),
                      .expected = "expected a finite number"});
}

void to_labels(const NpyImages& images, const ArrayChunk& chunk, bool is_truth, std::int64_t ignore,
               std::span<const std::int64_t> truth, std::vector<std::int64_t>& out) {
  const auto& values = is_truth ? chunk.truth[0] : chunk.prediction[0];
  out.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    const bool counts = is_truth || truth[i] != ignore;
    if (std::floor(value) != value && counts) {  // also not-a-number
      const auto pixel = chunk.first_pixel + static_cast<std::int64_t>(i);
      throw Error(Problem{.code = "evaluate.007",
                          .message = place(images, chunk.image, pixel) + ": found " + number(value),
                          .file = images.file(),
                          .expected = "expected a whole number, a class"});
    }
    constexpr double kLargest = 9e18;  // inside int64; no class is that large
    out[i] =
        std::isnan(value) ? 0 : static_cast<std::int64_t>(std::clamp(value, -kLargest, kLargest));
  }
}

void describe_images(const ArrayPair& arrays, Document& document) {
  document["images"] = arrays.truth.count();
  document["height"] = arrays.truth.height();
  document["width"] = arrays.truth.width();
}

std::vector<std::string> image_numbers(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace triptych::cli
