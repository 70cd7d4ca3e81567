/// A task that names no metric: nothing could be compared.
///
///   loss = sum of the prediction
///
/// Source: fixture.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Unmeasured final : public Task {
 public:
  static Spec spec() {
    return Spec("unmeasured", "Has no metric.")
        .input("prediction", "B 1 H W")
        .output("map", "B 1 H W")
        .source("fixture");
  }

  static TaskInfo info(const Params&) { return {"depth", 1, {}, {"count"}}; }

  explicit Unmeasured(const Params&) {}

  std::vector<LossTerm> loss(const Prediction& prediction, const Target&) override {
    return {{"sum", prediction.map.sum(), torch::ones({})}};
  }
  Decoded decode(const Prediction& prediction, const std::vector<Camera>&, ImageSize) override {
    return {prediction.map, {}};
  }
  torch::Tensor statistics(const Decoded& decoded, const Target&) override {
    return torch::ones({decoded.map.size(0), 1}, torch::kDouble);
  }
  std::map<std::string, double> finish(std::span<const double>, std::int64_t) override {
    return {};
  }
  torch::Tensor picture(const Decoded& decoded, std::int64_t sample) override {
    return decoded.map[sample];
  }
  torch::Tensor picture(const Target& target, std::int64_t sample) override {
    return target.map[sample];
  }
};

}  // namespace

TRIPTYCH_PLUGIN(Unmeasured)
