#include <cmath>
#include <limits>

#include "evaluate_arrays.h"
#include "evaluate_documents.h"
#include "evaluate_forms.h"
#include "triptych/error.h"
#include "triptych/metrics/depth.h"

namespace triptych::cli {

namespace {

bool uses_range(const std::string& variant) {
  return variant == "pooled" || variant == "per_image" || variant == "taskprompter";
}

metrics::DepthOptions options_of(const metrics::Variant& variant, const DepthForm& form) {
  const bool is_legacy = variant.name == "taskprompter_legacy";
  if (form.ignore && !is_legacy) {
    throw Error("evaluate.002", "--ignore",
                "is taken by variant taskprompter_legacy only, the variant is " + variant.text(),
                "Leave it out, or add --variant taskprompter_legacy.");
  }
  if (is_legacy && !form.ignore) {
    throw Error(
        "evaluate.002", "--variant taskprompter_legacy",
        "needs --ignore V, the value that marks invalid pixels (255 in InvPT, 0 or -1 in others)");
  }
  if ((form.min || form.max) && !uses_range(variant.name)) {
    note("note: --min and --max are not used by variant " + variant.text());
  }
  metrics::DepthOptions options{.ignore = form.ignore,
                                .rounds_to_float = variant.name.starts_with("taskprompter"),
                                .in_range_only = uses_range(variant.name)};
  if (uses_range(variant.name)) {
    options.min = form.min.value_or(options.min);
    options.max = form.max.value_or(options.max);
  }
  return options;
}

// Whether a truth value is evaluated under the variant.
bool counts(double g, const metrics::Variant& variant, const metrics::DepthOptions& options) {
  if (options.rounds_to_float) g = static_cast<float>(g);
  if (uses_range(variant.name)) return options.min < g && g < options.max;
  if (variant.name == "taskprompter_legacy") {
    return g != *options.ignore && !(std::isnan(g) && std::isnan(*options.ignore));
  }
  return variant.name == "astmt" || g != 0;
}

std::vector<metrics::DepthImage> measure(const ArrayPair& arrays, const CommonOptions& common,
                                         const metrics::Variant& variant,
                                         const metrics::DepthOptions& options) {
  std::vector<metrics::DepthImage> images(static_cast<std::size_t>(arrays.truth.count()));
  each_chunk(arrays, 1, common, "depth", [&](const ArrayChunk& chunk) {
    const auto truth = chunk.truth[0];
    const auto prediction = chunk.prediction[0];
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (std::isfinite(prediction[i]) || !counts(truth[i], variant, options)) continue;
      refuse_not_finite(arrays.prediction, chunk.image,
                        chunk.first_pixel + static_cast<std::int64_t>(i), prediction[i]);
    }
    add_depth(images[static_cast<std::size_t>(chunk.image)], std::span<const double>(truth),
              std::span<const double>(prediction), options);
  });
  return images;
}

}  // namespace

Evaluation evaluate_depth(const CommonOptions& common, const DepthForm& form) {
  const auto variant = metrics::parse_variant(common.variant, metrics::depth_variants());
  auto options = options_of(variant, form);
  if (options.ignore) options.ignore = static_cast<float>(*options.ignore);  // as the rounded truth
  if (!(options.min >= 0 && options.max > options.min)) {
    throw Error(Problem{
        .code = "metrics.013",
        .message = "--min and --max: found " + number(options.min) + " and " + number(options.max),
        .expected = "expected 0 <= min < max"});
  }
  const auto arrays = ArrayPair::maps(common);
  const auto images = measure(arrays, common, variant, options);
  if (!common.per_image_file.empty()) {
    std::vector<metrics::Statistics> rows;
    for (const auto& image : images) rows.push_back(statistics(image));
    write_per_image(common.per_image_file, image_numbers(arrays.truth.count()), rows);
  }
  const auto score = metrics::score_depth(images, variant.text());
  Document out;
  add_keys(score, out);
  if (variant.name == "per_image") out["images_left_out"] = score.images_left_out;
  if (uses_range(variant.name)) {
    out["min"] = options.min;
    out["max"] = json_of(metrics::finite(options.max));
  }
  if (options.ignore) out["ignore"] = json_of(metrics::finite(*options.ignore));
  describe_images(arrays, out);
  add_variant("depth", variant.text(), out);
  return {out,
          "Depth, variant " + variant.text() + ", in the unit of the arrays\n" + table_of(score)};
}

}  // namespace triptych::cli
