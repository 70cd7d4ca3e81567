#include <cmath>
#include <mutex>

#include "evaluate_arrays.h"
#include "evaluate_documents.h"
#include "evaluate_forms.h"
#include "triptych/error.h"
#include "triptych/metrics/normals.h"
#include "triptych/metrics/order_statistic.h"

namespace triptych::cli {

using metrics::ExactMedian;
using metrics::Normal;

namespace {

// Turns stored numbers into a vector: floats are vectors as they are, uint8 the 8-bit form.
class Decoder {
 public:
  Decoder(const metrics::NpyImages& images, bool is_truth) : is_truth_(is_truth) {
    using metrics::NpyType;
    is_bytes_ = images.type() == NpyType::kUint8;
    const bool is_float = images.type() == NpyType::kFloat32 || images.type() == NpyType::kFloat64;
    if (is_bytes_ || is_float) return;
    throw Error(
        Problem{.code = "evaluate.008",
                .message = std::string("normals of element type ") + npy_type_name(images.type()),
                .file = images.file(),
                .expected = "expected float32, float64 or uint8 (the 8-bit form)"});
  }
  [[nodiscard]] Normal operator()(const std::vector<std::span<double>>& channels,
                                  std::size_t i) const {
    const Normal stored{channels[0][i], channels[1][i], channels[2][i]};
    if (!is_bytes_) return stored;
    if (is_truth_) return metrics::truth_normal_from_bytes(stored);
    return {metrics::normal_from_byte(stored[0]), metrics::normal_from_byte(stored[1]),
            metrics::normal_from_byte(stored[2])};
  }

 private:
  bool is_bytes_ = false;
  bool is_truth_;
};

using ErrorVisitor = std::function<void(const ArrayChunk&, std::span<const double>)>;

// Visits the errors of the valid pixels of images [first, last), piece by piece.
void each_error(const ArrayPair& arrays, const CommonOptions& common, metrics::NormalsKind kind,
                std::int64_t first, std::int64_t last, const ErrorVisitor& visit) {
  const Decoder truth(arrays.truth, /*is_truth=*/true);
  const Decoder prediction(arrays.prediction, /*is_truth=*/false);
  const auto visit_chunk = [&](const ArrayChunk& chunk) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < chunk.truth[0].size(); ++i) {
      const auto error =
          normal_error_deg(kind, truth(chunk.truth, i), prediction(chunk.prediction, i));
      if (!error) continue;
      for (const auto& channel : chunk.prediction) {
        if (std::isfinite(channel[i])) continue;
        refuse_not_finite(arrays.prediction, chunk.image,
                          chunk.first_pixel + static_cast<std::int64_t>(i), channel[i]);
      }
      errors.push_back(*error);
    }
    visit(chunk, errors);
  };
  each_chunk(arrays, 3, common, "normals", visit_chunk, first, last);
}

// Reads images [first, last) as often as their exact median needs; the first pass fills their sums.
// A truth that is not a number may leave an error that is none, and so no median.
metrics::Value measure(const ArrayPair& arrays, const CommonOptions& common,
                       metrics::NormalsKind kind, std::int64_t first, std::int64_t last,
                       bool needs_median, std::vector<metrics::NormalsImage>& images) {
  ExactMedian median;
  std::mutex mutex;
  bool is_first_pass = true;
  while (!median.is_done()) {
    each_error(arrays, common, kind, first, last,
               [&](const ArrayChunk& chunk, std::span<const double> errors) {
                 auto& sums =
                     images[static_cast<std::size_t>(chunk.image)].sums[static_cast<int>(kind)];
                 for (const double error : errors) {
                   if (is_first_pass) sums->add(error);
                 }
                 const std::scoped_lock lock(mutex);
                 for (const double error : errors) needs_median &= !std::isnan(error);
                 if (needs_median) median.add(errors);
               });
    if (!needs_median) return std::nullopt;
    median.end_pass();
    is_first_pass = false;
  }
  return median.value();
}

std::string table_of(const Document& document, const std::string& variant) {
  Table table({"metric", "value"});
  for (const auto* key : {"mean", "median", "rmse"}) {
    const auto& value = document[key];
    table.add(
        {std::string(key) + ", degrees", value.is_null() ? "-" : number(value.get<double>())});
  }
  for (const auto* key : {"within_11.25", "within_22.5", "within_30"}) {
    const auto& value = document[key];
    table.add({std::string(key) + ", %", value.is_null() ? "-" : percent(value.get<double>())});
  }
  table.add({"valid pixels", document["n_valid"].dump()});
  return "Surface normals, variant " + variant + "\n" + table.text();
}

}  // namespace

Evaluation evaluate_normals(const CommonOptions& common) {
  const auto variant = metrics::parse_variant(common.variant, metrics::normals_variants());
  const auto kind = metrics::normals_kind(variant.text());
  const auto arrays = ArrayPair::vectors(common);
  const auto count = arrays.truth.count();
  std::vector<metrics::NormalsImage> images(static_cast<std::size_t>(count));
  for (auto& image : images) image.sums[static_cast<int>(kind)].emplace();

  const bool needs_median = variant.name != "taskprompter";
  const auto batch = variant.batch > 0 ? variant.batch : std::max<std::int64_t>(count, 1);
  double total = 0;
  double batches = 0;
  for (std::int64_t first = 0; first < count; first += std::min(batch, count - first), ++batches) {
    const auto last = first + std::min(batch, count - first);
    const auto median = measure(arrays, common, kind, first, last, needs_median, images);
    total += median.value_or(NAN);
  }
  auto score = metrics::score_normals(images, variant.text());
  if (needs_median) score.median = metrics::ratio(total, batches);

  if (!common.per_image_file.empty()) {
    std::vector<metrics::Statistics> rows;
    for (const auto& image : images) rows.push_back(statistics(image));
    write_per_image(common.per_image_file, image_numbers(count), rows);
  }
  Document out;
  out["mean"] = json_of(score.mean);
  out["median"] = json_of(score.median);
  out["rmse"] = json_of(score.rmse);
  out["within_11.25"] = json_of(score.within[0]);
  out["within_22.5"] = json_of(score.within[1]);
  out["within_30"] = json_of(score.within[2]);
  out["n_valid"] = score.n_valid;
  describe_images(arrays, out);
  add_variant("normals", variant.text(), out);
  return {out, table_of(out, variant.text())};
}

}  // namespace triptych::cli
