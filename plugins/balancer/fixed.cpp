/// Fixed weights: total = sum_t w_t L_t over the tasks that the batch has labels for.
///
/// The weights are the manifest's (recipe.balancer.weights), 1 where none is given.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Fixed final : public Balancer {
 public:
  static Spec spec() {
    return Spec("fixed", "Weighted sum of the tasks' losses with the manifest's weights.")
        .input("losses", "T")
        .output("total", "1")
        .source("own baseline");
  }

  Fixed(const Params&, const Dims&, const std::vector<double>& task_weights)
      : weights_(register_buffer("weights", torch::tensor(task_weights, torch::kFloat32))),
        task_weights_(task_weights) {}

  BalancerOut weigh(const BalancerIn& in) override {
    torch::Tensor total;
    auto weights = task_weights_;
    for (std::size_t t = 0; t < task_weights_.size(); ++t) {
      if (!in.present[t]) {
        weights[t] = 0;
        continue;
      }
      const auto term = in.losses[static_cast<std::int64_t>(t)] * task_weights_[t];
      total = total.defined() ? total + term : term;
    }
    if (!total.defined()) total = in.losses.sum() * 0;  // no task has labels: a zero with a graph
    const bool has_all = weights == task_weights_;
    return {.total = total,
            .weights = has_all ? weights_ : torch::tensor(weights, weights_.options()),
            .direction = {}};
  }

 private:
  torch::Tensor weights_;             // [T]
  std::vector<double> task_weights_;  // the same, on the host
};

}  // namespace

TRIPTYCH_PLUGIN(Fixed)
