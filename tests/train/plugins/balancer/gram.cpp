/// A balancer that asks for the inner products of the tasks' gradients, for tests of training.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Gram final : public Balancer {
 public:
  static Spec spec() {
    return Spec("gram", "Asks for the inner products of the tasks' gradients.")
        .input("losses", "T")
        .output("total", "1");
  }

  Gram(const Params&, const Dims&, const std::vector<double>&) {}

  [[nodiscard]] BalancerNeeds needs() const override { return BalancerNeeds::kGram; }
  BalancerOut weigh(const BalancerIn& in) override {
    return {.total = in.losses.sum(), .weights = torch::ones_like(in.losses), .direction = {}};
  }
};

}  // namespace

TRIPTYCH_PLUGIN(Gram)
