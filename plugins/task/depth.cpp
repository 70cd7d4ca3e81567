/// Depth, or disparity: one number per pixel.
///
///   prediction p = output_scale * x           loss = mean over the trained pixels of |p - g|
///   metrics over min_m < g < max_m: rmse, abs_rel, ...      see triptych/metrics/depth.h
///
/// `trains_on`: range = the pixels of the metrics; measured = all but the marker `invalid`; all =
/// these too, so that a pixel without a measurement is taught the marker as its depth. Values that
/// are not finite are never trained on.
///
/// Unit: that of the label, metres unless `unit` says otherwise; `min_m` and `max_m` are in it.
/// Target map: [B, 1, H, W] float; `invalid` = no value. Decoded map: [B, 1, H, W], clamped at 0.
/// Statistics per image: the error sums of the metrics library, apart for pixels in the range, out
/// of it, zero and negative: enough for each of its variants.
#include <triptych/layers/colour.h>
#include <triptych/layers/resize.h>
#include <triptych/layers/targets.h>
#include <triptych/metrics/depth.h>
#include <triptych/plugin.h>

#include <limits>

#include "image_rows.h"

namespace {

using namespace triptych;

class Depth final : public Task {
 public:
  static Spec spec() {
    return Spec("depth", "Depth or disparity per pixel: L1 loss; rmse, abs_rel, abs_err, delta.")
        .param("min_m", 0.0, "evaluated from here, excluded; unit of the label", at_least(0))
        .param("max_m", 80.0, "evaluated up to here, excluded; unit of the label", at_least(0))
        .param("invalid", 0.0, "label value that means: not measured")
        .param("trains_on", "range",
               "pixels of the loss: those in the range, all measured ones, or all, invalid ones "
               "with their marker as the truth",
               one_of({"range", "measured", "all"}))
        .param("output_scale", 1.0, "prediction = output_scale times the head's output")
        .param("label", "depth", "the data set's label")
        .param("unit", "m", "unit of the label", one_of({"m", "px"}))
        .param("variant", "pooled", "definition of the metrics, as in the metrics library",
               one_of({"pooled", "taskprompter"}))
        .input("map", "B 1 H W")
        .output("depth", "B 1 H W")
        .source("Eigen et al. 2014 (metrics)")
        .not_deterministic(layers::kResizeNote);
  }

  static TaskInfo info(const Params& params) {
    if (!(params.number("min_m") < params.number("max_m"))) {
      throw Error("module.151", params.owner(),
                  "the range " + to_text(params.number("min_m")) + " to " +
                      to_text(params.number("max_m")) + " holds no depth",
                  "Choose min_m below max_m.");
    }
    const auto invalid = params.number("invalid");
    if (params.number("min_m") < invalid && invalid < params.number("max_m")) {
      throw Error("module.152", params.owner(),
                  "the marker invalid = " + to_text(invalid) + " lies inside the evaluated range",
                  "Mark invalid pixels by a value up to min_m or from max_m on.");
    }
    const auto& unit = params.text("unit");
    const auto& variant = params.text("variant");
    const auto down = Direction::kLowerIsBetter, up = Direction::kHigherIsBetter;
    TaskInfo info{.label = params.text("label"), .outputs = 1, .metrics = {}, .statistics = {}};
    info.metrics = {{"rmse", unit, down, variant},
                    {"abs_rel", "", down, variant},
                    {"log_rmse", "", down, variant},
                    {"sq_rel", unit, down, variant}};
    if (variant == "pooled") {  // the other variant does not define these
      info.metrics.push_back({"abs_err", unit, down, variant});
      for (const auto* name : {"delta1", "delta2", "delta3"}) {
        info.metrics.push_back({name, "", up, variant});
      }
    }
    info.statistics = metrics::depth_statistics();
    return info;
  }

  explicit Depth(const Params& params)
      : min_(params.number("min_m")),
        max_(params.number("max_m")),
        invalid_(params.number("invalid")),
        trains_on_(params.text("trains_on")),
        output_scale_(params.number("output_scale")),
        is_disparity_(params.text("unit") == "px"),
        variant_(params.text("variant")),
        columns_(metrics::depth_statistics()) {}

  std::vector<LossTerm> loss(const Prediction& prediction, const Target& target) override {
    const auto depth =
        layers::resize_bilinear(prediction.map, layers::size_of(target.map)) * output_scale_;
    const auto valid = layers::without_absent(trained_pixels(target.map), target);
    const auto truth = torch::where(valid, target.map, torch::zeros({}, target.map.options()));
    return {layers::pixel_term("l1", (depth - truth).abs(), valid)};
  }

  Decoded decode(const Prediction& prediction, const std::vector<Camera>&,
                 ImageSize size) override {
    const auto depth = layers::resize_bilinear(prediction.map, size) * output_scale_;
    return {depth.clamp_min(0), {}};
  }

  torch::Tensor statistics(const Decoded& decoded, const Target& target) override {
    const auto truth = on_host(target.map, torch::kFloat);
    const auto depth = on_host(decoded.map, torch::kFloat);
    const metrics::DepthOptions options{.min = min_, .max = max_, .ignore = invalid_};
    return image_rows(columns_, target.present, decoded.map.device(), [&](std::int64_t i) {
      metrics::DepthImage image;
      add_depth(image, sample_of<float>(truth, i), sample_of<float>(depth, i), options);
      return metrics::statistics(image);
    });
  }

  std::map<std::string, double> finish(std::span<const double> rows, std::int64_t count) override {
    const auto images = images_of<metrics::DepthImage>(
        columns_, rows, count, [](const auto& row) { return metrics::depth_image(row); });
    const auto score = metrics::score_depth(images, variant_);
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    std::map<std::string, double> metrics{{"rmse", score.rmse.value_or(kNone)},
                                          {"abs_rel", score.abs_rel.value_or(kNone)},
                                          {"log_rmse", score.log_rmse.value_or(kNone)},
                                          {"sq_rel", score.sq_rel.value_or(kNone)}};
    if (variant_ != "pooled") return metrics;
    metrics["abs_err"] = score.abs_err.value_or(kNone);
    for (std::size_t k = 0; k < 3; ++k) {
      metrics["delta" + std::to_string(k + 1)] = score.delta[k].value_or(kNone);
    }
    return metrics;
  }

  torch::Tensor picture(const Decoded& decoded, std::int64_t sample) override {
    return coloured(decoded.map[sample][0]);
  }
  torch::Tensor picture(const Target& target, std::int64_t sample) override {
    const auto depth = target.map[sample][0];
    const auto nan = torch::full({}, std::numeric_limits<float>::quiet_NaN(), depth.options());
    return coloured(torch::where(depth == invalid_, nan, depth));
  }

 private:
  [[nodiscard]] torch::Tensor trained_pixels(const torch::Tensor& depth) const {
    if (trains_on_ == "range") return in_range(depth);
    if (trains_on_ == "all") return depth.isfinite();
    return (depth != invalid_) & depth.isfinite();
  }
  [[nodiscard]] torch::Tensor in_range(const torch::Tensor& depth) const {
    return (depth > min_) & (depth < max_) & (depth != invalid_);
  }
  /// Near is yellow, far is dark: the square root spreads the near part of the range.
  [[nodiscard]] torch::Tensor coloured(const torch::Tensor& depth) const {
    const auto fraction = ((depth - min_) / (max_ - min_)).clamp(0, 1);
    return layers::scale_colours(is_disparity_ ? fraction : 1 - fraction.sqrt());
  }

  double min_, max_;  // of the evaluated range, unit of the label
  double invalid_;
  std::string trains_on_;
  double output_scale_;
  bool is_disparity_;  // large values are near
  std::string variant_;
  metrics::Columns columns_;
};

}  // namespace

TRIPTYCH_PLUGIN(Depth)
