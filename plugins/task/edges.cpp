/// Edges: boundary or not, per pixel.
///
///   loss = mean over valid pixels of  w y softplus(-x) + (1 - w)(1 - y) softplus(x),  w = 0.95
///
/// The balanced loss is Xie and Tu 2015 (HED), equation 2, with a fixed weight.
///
/// | variant        | metrics                                                                    |
/// |----------------|----------------------------------------------------------------------------|
/// | pixel          | pixelF: best F over 99 thresholds, no distance tolerated                   |
/// |                | (triptych/metrics/pixel_edges.h)                                           |
/// | seism, grid99, | odsF, oisF, AP: boundaries matched within max_distance of the diagonal     |
/// | pdollar        | after thinning (triptych/metrics/edges.h)                                  |
///
/// pixelF ranks runs cheaply and is never compared with odsF, which takes about a tenth of a second
/// per image. For the latter the probability is stored as trunc(255 p), and the target is the map
/// that the evaluator reads: `seism` and `grid99` take the boundaries of it and thin them (the rule
/// of NYUD, where it is an edge map itself), `pdollar` takes it as it is. Ignored pixels are
/// neither edge nor predicted there.
///
/// Target map: [B, 1, H, W] (or [B, H, W]): 0, 1 or `ignore`. Decoded map: [B, 1, H, W]
/// probability. Statistics per image: the counts of the variant at each threshold.
#include <triptych/layers/colour.h>
#include <triptych/layers/resize.h>
#include <triptych/layers/targets.h>
#include <triptych/metrics/edges.h>
#include <triptych/metrics/pixel_edges.h>
#include <triptych/plugin.h>

#include <algorithm>
#include <limits>

#include "image_rows.h"

namespace {

using namespace triptych;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool is_pixelwise(const std::string& variant) { return variant == "pixel"; }

std::vector<std::string> statistics_of(const std::string& variant) {
  return is_pixelwise(variant) ? metrics::pixel_edge_statistics()
                               : metrics::edge_statistics(metrics::edge_reading(variant));
}

class Edges final : public Task {
 public:
  static Spec spec() {
    return Spec("edges", "Boundaries: balanced binary cross entropy; pixelF, or odsF, oisF and AP.")
        .param("positive_weight", 0.95, "w, weight of edge pixels; the others have 1 - w",
               between(0, 1))
        .param("ignore", 255, "label value that is neither trained on nor evaluated")
        .param("label", "edges", "the data set's label")
        .param("variant", "pixel", "pixel: pixelF; others: odsF, oisF, AP as that evaluator",
               one_of({"pixel", "seism", "grid99", "pdollar"}))
        .param("max_distance", 0.0075,
               "largest distance of a match as a part of the image diagonal; 0.011 on NYUD",
               between(0, 1))
        .input("map", "B 1 H W")
        .output("probability", "B 1 H W")
        .source("Xie and Tu 2015, equation 2")
        .not_deterministic(layers::kResizeNote);
  }

  static TaskInfo info(const Params& params) {
    TaskInfo info{.label = params.text("label"), .outputs = 1, .metrics = {}, .statistics = {}};
    const auto& variant = params.text("variant");
    std::vector<std::string> names{"odsF", "oisF", "AP"};
    if (is_pixelwise(variant)) names = {"pixelF"};
    for (const auto& name : names) {
      info.metrics.push_back({name, "", Direction::kHigherIsBetter, variant});
    }
    info.statistics = statistics_of(variant);
    return info;
  }

  explicit Edges(const Params& params)
      : positive_weight_(params.number("positive_weight")),
        ignore_(params.integer("ignore")),
        variant_(params.text("variant")),
        max_distance_(params.number("max_distance")),
        columns_(statistics_of(variant_)) {}

  std::vector<LossTerm> loss(const Prediction& prediction, const Target& target) override {
    const auto truth = truth_of(target);
    const auto x = layers::resize_bilinear(prediction.map, layers::size_of(truth));
    const auto is_edge = truth == 1;
    // softplus(-x) for edges and softplus(x) for the others is softplus of the signed logit.
    const auto error = torch::softplus(torch::where(is_edge, -x, x));
    const auto weight = torch::where(is_edge, torch::full({}, positive_weight_, x.options()),
                                     torch::full({}, 1 - positive_weight_, x.options()));
    return {layers::pixel_term("balanced_cross_entropy", error * weight,
                               layers::without_absent(truth != ignore_, target))};
  }

  Decoded decode(const Prediction& prediction, const std::vector<Camera>&,
                 ImageSize size) override {
    return {torch::sigmoid(layers::resize_bilinear(prediction.map, size)), {}};
  }

  torch::Tensor statistics(const Decoded& decoded, const Target& target) override {
    const auto truth = on_host(truth_of(target), torch::kLong);  // [B, 1, H, W]
    const auto probability = on_host(decoded.map, torch::kDouble);
    const auto size = layers::size_of(truth);
    return image_rows(columns_, target.present, decoded.map.device(), [&](std::int64_t i) {
      const auto labels = sample_of<std::int64_t>(truth, i);
      const auto predicted = sample_of<double>(probability, i);
      if (!is_pixelwise(variant_)) return matched(labels, predicted, size);
      metrics::PixelEdgeImage image;
      add_pixel_edges(image, labels, predicted, ignore_);
      return metrics::statistics(image);
    });
  }

  std::map<std::string, double> finish(std::span<const double> rows, std::int64_t count) override {
    if (is_pixelwise(variant_)) {
      const auto images = images_of<metrics::PixelEdgeImage>(
          columns_, rows, count, [](const auto& row) { return metrics::pixel_edge_image(row); });
      return {{"pixelF", metrics::score_pixel_edges(images).f.value_or(kNone)}};
    }
    const auto images = images_of<metrics::EdgeImage>(
        columns_, rows, count, [](const auto& row) { return metrics::edge_image(row); });
    const auto score = metrics::score_edges(images, variant_);
    return {{"odsF", score.ods_f.value_or(kNone)},
            {"oisF", score.ois_f.value_or(kNone)},
            {"AP", score.ap.value_or(kNone)}};
  }

  torch::Tensor picture(const Decoded& decoded, std::int64_t sample) override {
    return grey(decoded.map[sample][0]);
  }
  torch::Tensor picture(const Target& target, std::int64_t sample) override {
    const auto truth = truth_of(target)[sample][0];
    return grey(torch::where(truth == ignore_, torch::full({}, 0.5), truth.to(torch::kFloat)));
  }

 private:
  /// [B, 1, H, W] int64.
  static torch::Tensor truth_of(const Target& target) {
    const auto map = target.map.to(torch::kLong);
    return map.dim() == 3 ? map.unsqueeze(1) : map;
  }
  /// Edges black on white, ignored pixels grey.
  static torch::Tensor grey(const torch::Tensor& probability) {
    const auto level = (255 * (1 - probability.detach().to(torch::kCPU, torch::kFloat))).round();
    return level.clamp(0, 255).to(torch::kByte).unsqueeze(-1).repeat({1, 1, 3});
  }

  /// Counts of boundaries matched within the distance.
  [[nodiscard]] metrics::Statistics matched(std::span<const std::int64_t> labels,
                                            std::span<const double> probability,
                                            ImageSize size) const {
    std::vector<std::uint8_t> truth(labels.size());
    std::vector<std::uint8_t> predicted(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == ignore_) continue;
      truth[i] = labels[i] == 1;
      const float level = 255 * static_cast<float>(probability[i]);
      if (level > 0) predicted[i] = static_cast<std::uint8_t>(std::min(level, 255.0F));  // not NaN
    }
    const int width = static_cast<int>(size.width), height = static_cast<int>(size.height);
    const metrics::ByteMap truth_map{width, height, truth};
    return metrics::statistics(metrics::measure_edges({width, height, predicted}, {&truth_map, 1},
                                                      metrics::edge_reading(variant_),
                                                      max_distance_));
  }

  double positive_weight_;
  std::int64_t ignore_;
  std::string variant_;
  double max_distance_;
  metrics::Columns columns_;
};

}  // namespace

TRIPTYCH_PLUGIN(Edges)
