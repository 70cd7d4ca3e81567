#include "triptych/train/make_balancer.h"

#include <triptych/host/plugin_host.h>

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
  const std::string who = "balancer '" + choice.use + "'";
  auto balancer = named(
      who, [&] { return factory.build(choice.params, contract.heads.front().dims, weights); });
  if (balancer->needs() != BalancerNeeds::kLosses) {
    throw Error(Problem{
        .code = "train.012",
        .message = who + " needs the gradient of each task, which this version does not compute",
        .file = "",
        .pointer = "/recipe/balancer/use",
        .expected = "a balancer that weighs losses",
        .suggestion = "Use fixed."});
  }
  return balancer;
}

}  // namespace triptych::train
