// semseg and human_parts on arrays.
#include "evaluate_arrays.h"
#include "evaluate_documents.h"
#include "evaluate_forms.h"
#include "triptych/error.h"
#include "triptych/metrics/human_parts.h"
#include "triptych/metrics/segmentation.h"

namespace triptych::cli {

using metrics::SegmentationScore;

namespace {

void check_classes(const LabelForm& form) {
  if (form.classes < 1 || form.classes > 65536) {
    throw Error("evaluate.002", "--classes",
                "found " + std::to_string(form.classes) + ", expected 1..65536");
  }
  const auto names = form.class_names.size();
  if (names > 0 && names != static_cast<std::size_t>(form.classes)) {
    throw Error("evaluate.002", "--class-names",
                "found " + std::to_string(names) + " names for " + std::to_string(form.classes) +
                    " classes");
  }
}

template <class Image>
struct Counted {
  ArrayPair arrays;
  std::vector<Image> images;  ///< at least one: arrays without an image have their classes too
};

// One image's statistics from the pieces of its truth and prediction.
template <class Image, class Add>
Counted<Image> count(const CommonOptions& common, const LabelForm& form, const std::string& name,
                     const Image& empty, const Add& add) {
  auto arrays = ArrayPair::maps(common);
  const metrics::SegmentationOptions options{.classes = form.classes, .ignore = form.ignore};
  std::vector<Image> images(static_cast<std::size_t>(arrays.truth.count()), empty);
  each_chunk(arrays, 1, common, name, [&](const ArrayChunk& chunk) {
    std::vector<std::int64_t> truth;
    std::vector<std::int64_t> prediction;
    to_labels(arrays.truth, chunk, /*is_truth=*/true, form.ignore, {}, truth);
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (truth[i] == form.ignore || (truth[i] >= 0 && truth[i] < form.classes)) continue;
      throw Error(Problem{
          .code = "metrics.011",
          .message =
              place(arrays.truth, chunk.image, chunk.first_pixel + static_cast<std::int64_t>(i)) +
              ": truth label " + std::to_string(truth[i]) + " is neither a class nor ignored",
          .file = arrays.truth.file(),
          .expected = "expected 0.." + std::to_string(form.classes - 1) + " or " +
                      std::to_string(form.ignore) + " (ignored)"});
    }
    to_labels(arrays.prediction, chunk, /*is_truth=*/false, form.ignore, truth, prediction);
    add(images[static_cast<std::size_t>(chunk.image)], std::span<const std::int64_t>(truth),
        std::span<const std::int64_t>(prediction), options);
  });
  if (!common.per_image_file.empty()) {
    std::vector<metrics::Statistics> rows;
    for (const auto& image : images) rows.push_back(statistics(image));
    write_per_image(common.per_image_file, image_numbers(arrays.truth.count()), rows);
  }
  if (images.empty()) images.push_back(empty);
  return {std::move(arrays), std::move(images)};
}

Evaluation evaluation_of(const SegmentationScore& score, const ArrayPair& arrays,
                         const std::string& metric, const std::string& variant,
                         const LabelForm& form) {
  const bool is_parts = metric == "human_parts";
  Document out;
  add_keys(score, out);
  out["classes"] = form.classes;
  out["ignore"] = form.ignore;
  describe_images(arrays, out);
  add_variant(metric, variant, out);
  auto names = form.class_names;
  if (is_parts && names.empty() && score.iou.size() == metrics::human_part_names().size()) {
    names = metrics::human_part_names();
  }
  return {out, std::string(is_parts ? "Human parts" : "Semantic segmentation") + ", variant " +
                   variant + ", percent, " + std::to_string(score.n_valid) + " valid pixels\n" +
                   table_of(score, names)};
}

}  // namespace

Evaluation evaluate_semseg(const CommonOptions& common, const LabelForm& form) {
  check_classes(form);
  const auto variant =
      metrics::parse_variant(common.variant, metrics::segmentation_variants()).text();
  const auto counted = count(common, form, "semseg", metrics::SegmentationImage(form.classes),
                             [](auto& image, auto truth, auto prediction, const auto& options) {
                               add_segmentation(image, truth, prediction, options);
                             });
  return evaluation_of(metrics::score_segmentation(counted.images, variant), counted.arrays,
                       "semseg", variant, form);
}

Evaluation evaluate_human_parts(const CommonOptions& common, const LabelForm& form) {
  check_classes(form);
  const auto variant =
      metrics::parse_variant(common.variant, metrics::human_parts_variants()).text();
  const auto counted =
      count(common, form, "human_parts",
            metrics::HumanPartsImage{.counts = metrics::SegmentationImage(form.classes)},
            [](auto& image, auto truth, auto prediction, const auto& options) {
              add_human_parts(image, truth, prediction, options);
            });
  std::size_t left_out = 0;
  const auto score = metrics::score_human_parts(counted.images, variant, &left_out);
  auto out = evaluation_of(score, counted.arrays, "human_parts", variant, form);
  out.document["images_left_out"] = counted.arrays.truth.count() == 0 ? 0 : left_out;
  return out;
}

}  // namespace triptych::cli
