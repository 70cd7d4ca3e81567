/// Semantic segmentation: one of K classes per pixel.
///
///   loss = sum over valid pixels of -log softmax(x)_y / number of valid pixels
///   mIoU, pixel_accuracy: see triptych/metrics/segmentation.h
///
/// Target map: [B, H, W] int64, classes 0..K-1, `ignore` = not valid. Decoded map: [B, H, W] int64,
/// the argmax after resizing the logits. Statistics per image: tp.c, fp.c, fn.c pixels per class.
#include <triptych/layers/colour.h>
#include <triptych/layers/resize.h>
#include <triptych/layers/targets.h>
#include <triptych/metrics/segmentation.h>
#include <triptych/plugin.h>

#include <limits>

#include "image_rows.h"

namespace {

using namespace triptych;

class Semseg final : public Task {
 public:
  static Spec spec() {
    return Spec("semseg", "Semantic segmentation: cross entropy; mIoU and pixel accuracy.")
        .required("classes", ParamType::kInteger, "K, number of classes", at_least(2))
        .param("ignore", 255, "label value that is neither trained on nor evaluated")
        .param("class_names", std::vector<std::string>{}, "names of the classes, K or none")
        .param("palette", std::vector<std::int64_t>{},
               "red, green, blue of each class in a row, 3 K or none; for pictures",
               between(0, 255))
        .param("label", "semseg", "the data set's label")
        .param("variant", "official", "which classes the mean is over, as in the metrics library",
               one_of({"official", "taskprompter", "absent_nan"}))
        .input("map", "B K H W")
        .output("labels", "B H W")
        .source("Cordts et al. 2016 (mIoU)")
        .not_deterministic(layers::kResizeNote);
  }

  static TaskInfo info(const Params& params) {
    const auto classes = params.integer("classes");
    check_count(params, "class_names", params.texts("class_names").size(), classes);
    check_count(params, "palette", params.integers("palette").size(), 3 * classes);
    TaskInfo info{
        .label = params.text("label"), .outputs = classes, .metrics = {}, .statistics = {}};
    for (const auto* name : {"mIoU", "pixel_accuracy"}) {
      info.metrics.push_back({name, "", Direction::kHigherIsBetter, params.text("variant")});
    }
    info.statistics = metrics::segmentation_statistics(static_cast<int>(classes));
    return info;
  }

  explicit Semseg(const Params& params)
      : classes_(params.integer("classes")),
        ignore_(params.integer("ignore")),
        palette_(params.integers("palette")),
        variant_(params.text("variant")),
        columns_(metrics::segmentation_statistics(static_cast<int>(classes_))) {}

  std::vector<LossTerm> loss(const Prediction& prediction, const Target& target) override {
    const auto labels = target.map.to(torch::kLong);  // [B, H, W]
    const auto logits = layers::resize_bilinear(prediction.map, layers::size_of(labels));
    const auto valid = layers::without_absent(labels != ignore_, target);
    // Out-of-class values of ignored pixels must not reach the kernel.
    const auto safe = labels.masked_fill(~valid, -1);
    const auto sum = torch::nn::functional::cross_entropy(
        logits, safe,
        torch::nn::functional::CrossEntropyFuncOptions().ignore_index(-1).reduction(torch::kSum));
    return {{.name = "cross_entropy", .sum = sum, .weight = valid.sum().to(sum.scalar_type())}};
  }

  Decoded decode(const Prediction& prediction, const std::vector<Camera>&,
                 ImageSize size) override {
    return {layers::resize_bilinear(prediction.map, size).argmax(/*dim=*/1), {}};
  }

  torch::Tensor statistics(const Decoded& decoded, const Target& target) override {
    const auto truth = on_host(target.map, torch::kLong);
    const auto labels = on_host(decoded.map, torch::kLong);
    const metrics::SegmentationOptions options{.classes = static_cast<int>(classes_),
                                               .ignore = ignore_};
    return image_rows(columns_, target.present, decoded.map.device(), [&](std::int64_t i) {
      metrics::SegmentationImage image(options.classes);
      add_segmentation(image, sample_of<std::int64_t>(truth, i), sample_of<std::int64_t>(labels, i),
                       options);
      return metrics::statistics(image);
    });
  }

  std::map<std::string, double> finish(std::span<const double> rows, std::int64_t count) override {
    const auto images =
        images_of<metrics::SegmentationImage>(columns_, rows, count, [this](const auto& row) {
          return metrics::segmentation_image(row, static_cast<int>(classes_));
        });
    const auto score = metrics::score_segmentation(images, variant_);
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {{"mIoU", score.mean_iou.value_or(kNone)},
            {"pixel_accuracy", score.pixel_accuracy.value_or(kNone)}};
  }

  torch::Tensor picture(const Decoded& decoded, std::int64_t sample) override {
    return layers::class_colours(decoded.map[sample], palette_, ignore_);
  }
  torch::Tensor picture(const Target& target, std::int64_t sample) override {
    return layers::class_colours(target.map[sample], palette_, ignore_);
  }

 private:
  static void check_count(const Params& params, const std::string& name, std::size_t found,
                          std::int64_t expected) {
    if (found == 0 || found == static_cast<std::size_t>(expected)) return;
    throw Error("module.150", params.owner(),
                name + " has " + std::to_string(found) + " entries for " +
                    std::to_string(params.integer("classes")) + " classes",
                "Give " + std::to_string(expected) + " entries, or none.");
  }

  std::int64_t classes_;
  std::int64_t ignore_;
  std::vector<std::int64_t> palette_;
  std::string variant_;
  metrics::Columns columns_;
};

}  // namespace

TRIPTYCH_PLUGIN(Semseg)
