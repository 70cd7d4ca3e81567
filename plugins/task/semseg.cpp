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
    for (const auto* kind : {"tp.", "fp.", "fn."}) {
      for (std::int64_t c = 0; c < classes; ++c)
        info.statistics.push_back(kind + std::to_string(c));
    }
    return info;
  }

  explicit Semseg(const Params& params)
      : classes_(params.integer("classes")),
        ignore_(params.integer("ignore")),
        palette_(params.integers("palette")),
        variant_(params.text("variant")) {}

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
    const auto labels = target.map.to(torch::kLong);
    const auto batch = labels.size(0), cells = classes_ * classes_;
    // Cell (truth, prediction) of each pixel; one cell more takes the pixels that do not count.
    const auto valid = layers::without_absent(labels != ignore_, target);
    const auto cell = torch::where(valid, labels * classes_ + decoded.map,
                                   torch::full({}, cells, labels.options()));
    auto counts = torch::zeros({batch, cells + 1}, labels.options());
    const auto flat = cell.reshape({batch, -1});
    counts.scatter_add_(/*dim=*/1, flat, torch::ones_like(flat));
    const auto confusion = counts.narrow(1, 0, cells).view({batch, classes_, classes_});
    const auto hits = confusion.diagonal(/*offset=*/0, /*dim1=*/1, /*dim2=*/2);  // [B, K]
    return torch::cat({hits, confusion.sum(1) - hits, confusion.sum(2) - hits}, 1)
        .to(torch::kDouble);
  }

  std::map<std::string, double> finish(std::span<const double> rows, std::int64_t images) override {
    metrics::SegmentationImage sums(static_cast<int>(classes_));
    const auto classes = static_cast<std::size_t>(classes_);
    for (std::size_t i = 0; i < static_cast<std::size_t>(images); ++i) {
      const auto row = rows.subspan(3 * classes * i, 3 * classes);
      for (std::size_t c = 0; c < classes; ++c) {
        sums.tp[c] += static_cast<std::uint64_t>(row[c]);
        sums.fp[c] += static_cast<std::uint64_t>(row[classes + c]);
        sums.fn[c] += static_cast<std::uint64_t>(row[2 * classes + c]);
      }
    }
    const auto score = metrics::score_segmentation({&sums, 1}, variant_);
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
};

}  // namespace

TRIPTYCH_PLUGIN(Semseg)
