#include "triptych/train/make_balancer.h"

#include "border.h"

namespace triptych::train {

std::shared_ptr<Balancer> make_balancer(const manifest::Manifest& manifest,
                                        const compose::Contract& contract,
                                        const host::PluginHost& host) {
  const auto& [choice, given] = manifest.recipe.balancer;
  std::vector<double> weights;
  for (const std::string& task : manifest.task_names()) {
    const auto found = given.find(task);
    weights.push_back(found == given.end() ? 1 : found->second);
  }
  const BalancerFactory& factory = host.balancer(choice.use);
  return named("balancer '" + choice.use + "'",
               [&] { return factory.build(choice.params, contract.heads.front().dims, weights); });
}

void check_needs(const Balancer& balancer, const manifest::Manifest& manifest) {
  if (balancer.needs() == BalancerNeeds::kLosses) return;
  throw Error(Problem{.code = "train.012",
                      .message = "balancer '" + manifest.recipe.balancer.module.use +
                                 "' needs the gradient of each task, which this version does not "
                                 "compute",
                      .pointer = "/recipe/balancer/use",
                      .expected = "a balancer that weighs losses",
                      .suggestion = "Use fixed."});
}

}  // namespace triptych::train
