/// Edges: boundary or not, per pixel.
///
///   loss = mean over valid pixels of  w y softplus(-x) + (1 - w)(1 - y) softplus(x),  w = 0.95
///   pixelF = max over t = 0.01, 0.02 ... 0.99 of F(t),  F = 2 TP / (2 TP + FP + FN)
///
/// with TP, FP, FN pixels summed over the whole set, a pixel being predicted where sigmoid(x) > t.
/// No distance is tolerated: pixelF ranks runs cheaply and is never compared with odsF, which
/// matches boundaries within a distance after thinning. The balanced loss is Xie and Tu 2015 (HED),
/// equation 2, with a fixed weight.
///
/// Target map: [B, 1, H, W] (or [B, H, W]): 0, 1 or `ignore`. Decoded map: [B, 1, H, W]
/// probability. Statistics per image: pixels that are edges, and for each threshold TP and FP.
#include <triptych/layers/colour.h>
#include <triptych/layers/resize.h>
#include <triptych/layers/targets.h>
#include <triptych/plugin.h>

#include <algorithm>
#include <limits>

namespace {

using namespace triptych;

constexpr std::int64_t kThresholds = 99;  // i / 100, i = 1 .. 99

class Edges final : public Task {
 public:
  static Spec spec() {
    return Spec("edges", "Boundaries: balanced binary cross entropy; best F over 99 thresholds.")
        .param("positive_weight", 0.95, "w, weight of edge pixels; the others have 1 - w",
               between(0, 1))
        .param("ignore", 255, "label value that is neither trained on nor evaluated")
        .param("label", "edges", "the data set's label")
        .input("map", "B 1 H W")
        .output("probability", "B 1 H W")
        .source("Xie and Tu 2015, equation 2")
        .not_deterministic(layers::kResizeNote);
  }

  static TaskInfo info(const Params& params) {
    TaskInfo info{.label = params.text("label"), .outputs = 1, .metrics = {}, .statistics = {}};
    info.metrics = {{"pixelF", "", Direction::kHigherIsBetter, "grid99, no tolerance"}};
    info.statistics = {"edge_pixels"};
    for (const auto* kind : {"tp.", "fp."}) {
      for (std::int64_t i = 1; i <= kThresholds; ++i) {
        info.statistics.push_back(kind + std::to_string(i));
      }
    }
    return info;
  }

  explicit Edges(const Params& params)
      : positive_weight_(params.number("positive_weight")), ignore_(params.integer("ignore")) {}

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
    const auto truth = truth_of(target).flatten(1);
    const auto valid = layers::without_absent(truth != ignore_, target);
    const auto probability = decoded.map.flatten(1).to(torch::kDouble);
    const auto thresholds =
        torch::arange(1, kThresholds + 1, probability.options()) / 100.0;  // the doubles i / 100
    // Number of thresholds strictly below the probability: 0 .. 99.
    const auto passed = torch::bucketize(probability, thresholds);
    const auto histogram = [&](const torch::Tensor& counts) {
      auto bins = torch::zeros({truth.size(0), kThresholds + 1}, probability.options());
      bins.scatter_add_(/*dim=*/1, passed, counts.to(torch::kDouble));
      // Pixels that pass threshold i are those that pass at least i of them.
      return bins.flip(1).cumsum(1).flip(1).slice(/*dim=*/1, 1);
    };
    const auto is_edge = valid & (truth == 1);
    return torch::cat({is_edge.sum(/*dim=*/1, /*keepdim=*/true).to(torch::kDouble),
                       histogram(is_edge), histogram(valid & (truth != 1))},
                      /*dim=*/1);
  }

  std::map<std::string, double> finish(std::span<const double> rows, std::int64_t images) override {
    constexpr auto kColumns = static_cast<std::size_t>(1 + 2 * kThresholds);
    std::vector<double> total(kColumns);
    for (std::size_t i = 0; i < static_cast<std::size_t>(images); ++i) {
      for (std::size_t s = 0; s < kColumns; ++s) total[s] += rows[i * kColumns + s];
    }
    const double edge_pixels = total[0];
    // Without an edge in the set every F is 0 or 0/0: no value.
    if (edge_pixels == 0) return {{"pixelF", std::numeric_limits<double>::quiet_NaN()}};
    double best = 0;
    for (std::size_t i = 1; i <= static_cast<std::size_t>(kThresholds); ++i) {
      const double tp = total[i], fp = total[kThresholds + i];
      best = std::max(best, 2 * tp / (tp + fp + edge_pixels));  // FN = edge_pixels - TP
    }
    return {{"pixelF", best}};
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

  double positive_weight_;
  std::int64_t ignore_;
};

}  // namespace

TRIPTYCH_PLUGIN(Edges)
