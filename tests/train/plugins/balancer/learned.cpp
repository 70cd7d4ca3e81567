/// Learned weights, for tests of training: L = sum_t exp(-s_t) L_t + s_t.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Learned final : public Balancer {
 public:
  static Spec spec() {
    return Spec("learned", "One learned weight per task.")
        .param("throws_at", -1, "step at which it throws a number; -1: never")
        .input("losses", "T")
        .output("total", "1")
        .source("fixture");
  }

  Learned(const Params& params, const Dims& dims, const std::vector<double>&)
      : throws_at_(params.integer("throws_at")) {
    log_variances_ = register_parameter("log_variances", torch::zeros({dims["T"]}));
  }

  BalancerOut weigh(const BalancerIn& in) override {
    if (in.step == throws_at_) throw 42;
    const auto weights = torch::exp(-log_variances_);
    return {.total = (weights * in.losses + log_variances_).sum(),
            .weights = weights.detach(),
            .direction = {}};
  }

 private:
  std::int64_t throws_at_;
  torch::Tensor log_variances_;
};

}  // namespace

TRIPTYCH_PLUGIN(Learned)
