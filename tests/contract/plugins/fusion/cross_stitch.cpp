/// Cross-stitch between per-task encoders: after each stage, before its merge,
///
///   x_t <- sum_u a_s[t, u] x_u,   a_s starts with `own` on the diagonal, the rest spread evenly
///
/// T = 1: a_s = 1, the identity at step 0. Source: fixture, after Misra et al. 2016, eq. 1.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class CrossStitch final : public Fusion {
 public:
  static Spec spec() {
    return Spec("cross_stitch", "Linear mix of the per-task encoders' patches after each stage.")
        .param("own", 0.9, "share of the own task at step 0", between(0, 1))
        .input("patches", "T x [B H W C]")
        .output("patches", "T x [B H W C]")
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kPerTask; }

  static FusionPorts ports(const Params&, const Dims& dims) { return {.features = dims.features}; }

  CrossStitch(const Params& params, const Dims& dims) {
    const auto tasks = dims["T"];
    const double own = tasks == 1 ? 1.0 : params.number("own");
    const double other = tasks == 1 ? 0.0 : (1 - own) / static_cast<double>(tasks - 1);
    const auto one = torch::full({tasks, tasks}, other) + (own - other) * torch::eye(tasks);
    mix_ = register_parameter("mix", one.repeat({dims["S"], 1, 1}));
  }

  void after_stage(std::int64_t stage, std::span<State> streams, FusionState*) override {
    std::vector<torch::Tensor> patches;
    for (const auto& stream : streams) patches.push_back(stream.patches);
    const auto mixed = torch::einsum("tu,ubhwc->tbhwc", {mix_[stage], torch::stack(patches)});
    for (std::size_t t = 0; t < streams.size(); ++t) streams[t].patches = mixed[t];
  }

  TaskFeatures forward(const FusionIn& in, Context&) override { return in.features; }

 private:
  torch::Tensor mix_;  // [S, T, T]
};

}  // namespace

TRIPTYCH_PLUGIN(CrossStitch)
