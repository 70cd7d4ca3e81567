#include <cmath>

#include "evaluate_arrays.h"
#include "evaluate_documents.h"
#include "evaluate_forms.h"
#include "triptych/error.h"
#include "triptych/metrics/saliency.h"

namespace triptych::cli {

using metrics::NpyType;
using metrics::SaliencyScore;

namespace {

void check_type(const metrics::NpyImages& prediction) {
  const auto type = prediction.type();
  if (type == NpyType::kUint8 || type == NpyType::kBool || type == NpyType::kFloat32 ||
      type == NpyType::kFloat64) {
    return;
  }
  throw Error(Problem{
      .code = "evaluate.008",
      .message = std::string("a saliency prediction of element type ") + npy_type_name(type),
      .file = prediction.file(),
      .expected = "expected probabilities (float32, float64) or 255 times them (uint8)"});
}

std::vector<std::uint8_t> truth_of(const ArrayPair& arrays, const ArrayChunk& chunk) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < chunk.truth[0].size(); ++i) {
    const double value = chunk.truth[0][i];
    if (value != 0 && value != 1 && value != 255) {
      const auto pixel = chunk.first_pixel + static_cast<std::int64_t>(i);
      throw Error(
          Problem{.code = "metrics.011",
                  .message = place(arrays.truth, chunk.image, pixel) + ": found " + number(value),
                  .file = arrays.truth.file(),
                  .expected = "expected 0, 1 or 255 (ignored)"});
    }
    out.push_back(static_cast<std::uint8_t>(value));
  }
  return out;
}

void add(metrics::SaliencyImage& image, const ArrayPair& arrays, const ArrayChunk& chunk,
         const metrics::SaliencyOptions& options) {
  const auto truth = truth_of(arrays, chunk);
  const auto prediction = chunk.prediction[0];
  if (arrays.prediction.type() == NpyType::kUint8) {
    const std::vector<std::uint8_t> bytes(prediction.begin(), prediction.end());
    return add_saliency(image, truth, bytes, options);
  }
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == 255 || std::isfinite(prediction[i])) continue;
    refuse_not_finite(arrays.prediction, chunk.image,
                      chunk.first_pixel + static_cast<std::int64_t>(i), prediction[i]);
  }
  try {
    add_saliency(image, truth, std::span<const double>(prediction), options);
  } catch (const Error& error) {
    throw error.within(arrays.prediction.file() + ": image " + std::to_string(chunk.image) +
                       ", counted from pixel " + std::to_string(chunk.first_pixel));
  }
}

Document document_of(const SaliencyScore& score, const std::string& variant) {
  Document out;
  out["maxF"] = json_of(score.max_f);
  out["threshold"] = json_of(score.threshold);
  out["mae"] = json_of(score.mae);
  out["beta2"] = score.beta2;
  out["maxF_beta2_1"] = json_of(score.max_f_beta1);
  out["threshold_beta2_1"] = json_of(score.threshold_beta1);
  if (variant == "astmt") out["maxIoU"] = json_of(score.max_iou);
  if (variant == "astmt" || variant == "per_image") out["images_left_out"] = score.images_left_out;
  out["n_valid"] = score.n_valid;
  out["ignore"] = 255;
  add_variant("saliency", variant, out);
  return out;
}

std::string table_of(const SaliencyScore& score, const std::string& variant) {
  Table table({"metric", "value", "threshold"});
  table.add({"maxF, % (beta^2 = " + number(score.beta2) + ")", percent(score.max_f),
             number(score.threshold)});
  if (score.beta2 != 1) {
    table.add({"maxF, % (beta^2 = 1)", percent(score.max_f_beta1), number(score.threshold_beta1)});
  }
  if (variant == "astmt") table.add({"maxIoU, %", percent(score.max_iou)});
  table.add({"mae", number(score.mae)});
  table.add({"valid pixels", std::to_string(score.n_valid)});
  return "Saliency, variant " + variant + "\n" + table.text();
}

}  // namespace

Evaluation evaluate_saliency(const CommonOptions& common) {
  const auto variant = metrics::parse_variant(common.variant, metrics::saliency_variants()).text();
  const auto arrays = ArrayPair::maps(common);
  check_type(arrays.prediction);
  const metrics::SaliencyOptions options{.kinds = {metrics::saliency_kind(variant)}};
  std::vector<metrics::SaliencyImage> images(static_cast<std::size_t>(arrays.truth.count()));
  for (auto& image : images) add_saliency(image, {}, std::span<const double>(), options);
  each_chunk(arrays, 1, common, "saliency", [&](const ArrayChunk& chunk) {
    add(images[static_cast<std::size_t>(chunk.image)], arrays, chunk, options);
  });
  if (!common.per_image_file.empty()) {
    std::vector<metrics::Statistics> rows;
    for (const auto& image : images) rows.push_back(statistics(image));
    write_per_image(common.per_image_file, image_numbers(arrays.truth.count()), rows);
  }
  const auto score = metrics::score_saliency(images, variant);
  Evaluation out{document_of(score, variant), table_of(score, variant)};
  describe_images(arrays, out.document);
  return out;
}

}  // namespace triptych::cli
