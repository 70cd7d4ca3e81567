/// Regression of any label map, for heads with one map or with branches.
///
///   loss = sum over samples with a label of |resize(y) - target|^2 / number of their elements
///
/// Source: fixture.
#include <triptych/plugin.h>

#include <cmath>

namespace {

using namespace triptych;

class Regress final : public Task {
 public:
  static Spec spec() {
    return Spec("regress", "Squared error against any label map.")
        .required("label", ParamType::kText, "name of the label")
        .param("outputs", 1, "channels of the label", at_least(1))
        .input("prediction", "B {outputs} H W")
        .output("map", "B {outputs} H W")
        .source("fixture");
  }

  static TaskInfo info(const Params& params) {
    return {params.text("label"),
            params.integer("outputs"),
            {{"rmse", "", Direction::kLowerIsBetter, ""}},
            {"squares", "elements"}};
  }

  explicit Regress(const Params&) {}

  std::vector<LossTerm> loss(const Prediction& prediction, const Target& target) override {
    const auto mask = present(target);
    std::vector<LossTerm> terms;
    const auto add = [&](const std::string& name, const torch::Tensor& map) {
      const auto error = (resized(map, target.map) - target.map) * mask;
      terms.push_back({name, error.square().sum(), mask.expand_as(target.map).sum()});
    };
    if (prediction.map.defined()) add("l2", prediction.map);
    for (const auto& [branch, levels] : prediction.branches) {
      for (std::size_t l = 0; l < levels.size(); ++l) add(branch + std::to_string(l), levels[l]);
    }
    return terms;
  }

  Decoded decode(const Prediction& prediction, const std::vector<Camera>&,
                 ImageSize size) override {
    const auto& map =
        prediction.map.defined() ? prediction.map : prediction.branches.at("map").front();
    return {torch::upsample_bilinear2d(map, {size.height, size.width}, /*align_corners=*/false),
            {}};
  }

  torch::Tensor statistics(const Decoded& decoded, const Target& target) override {
    const auto mask = present(target).to(torch::kDouble);
    const auto error = (decoded.map - target.map).to(torch::kDouble) * mask;
    return torch::stack({error.square().flatten(1).sum(1), mask.expand_as(error).flatten(1).sum(1)},
                        1);
  }

  std::map<std::string, double> finish(std::span<const double> rows, std::int64_t images) override {
    double squares = 0, elements = 0;
    for (std::int64_t i = 0; i < images; ++i) squares += rows[2 * i], elements += rows[2 * i + 1];
    return {{"rmse", std::sqrt(squares / elements)}};
  }

  torch::Tensor picture(const Decoded& decoded, std::int64_t sample) override {
    return grey(decoded.map[sample]);
  }
  torch::Tensor picture(const Target& target, std::int64_t sample) override {
    return grey(target.map[sample]);
  }

 private:
  static torch::Tensor resized(const torch::Tensor& map, const torch::Tensor& like) {
    return torch::upsample_bilinear2d(map, like.sizes().slice(2), /*align_corners=*/false);
  }
  static torch::Tensor present(const Target& target) {
    auto mask = torch::zeros({static_cast<std::int64_t>(target.present.size()), 1, 1, 1});
    for (std::size_t i = 0; i < target.present.size(); ++i) mask[i] = target.present[i] ? 1.0 : 0.0;
    return mask.to(target.map.options());
  }
  static torch::Tensor grey(const torch::Tensor& map) {
    return (map[0].sigmoid() * 255).to(torch::kUInt8).unsqueeze(-1).expand({-1, -1, 3}).cpu();
  }
};

}  // namespace

TRIPTYCH_PLUGIN(Regress)
