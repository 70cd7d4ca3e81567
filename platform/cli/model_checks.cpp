#include "model_checks.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "triptych/compose/contract.h"
#include "triptych/compose/dry_run.h"
#include "triptych/compose/model.h"
#include "triptych/manifest/check.h"
#include "triptych/train/make_balancer.h"
#include "triptych/train/optimizer.h"
#include "triptych/train/step.h"

namespace triptych::cli {

namespace {

const std::vector<std::string> kProbes = {"latency"};  // those that this version has

std::vector<Problem> missing_probes(const manifest::Manifest& manifest) {
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < manifest.probes.size(); ++i) {
    const auto& probe = manifest.probes[i];
    if (std::find(kProbes.begin(), kProbes.end(), probe) != kProbes.end()) continue;
    problems.push_back({.code = "usage.016",
                        .message = "the probe '" + probe + "' is not built yet",
                        .file = "",
                        .pointer = "/probes/" + std::to_string(i),
                        .expected = "there are: " + join(kProbes),
                        .suggestion = "Take it out of \"probes\"."});
  }
  return problems;
}

void add_new(std::vector<Problem> found, std::vector<Problem>& problems) {
  for (auto& problem : found) {
    const auto is_same = [&problem](const Problem& said) {
      return said.code == problem.code && said.pointer == problem.pointer &&
             said.message == problem.message;
    };
    if (std::none_of(problems.begin(), problems.end(), is_same)) {
      problems.push_back(std::move(problem));
    }
  }
}

// What of one model is wrong: each look is taken, whatever the others find.
std::vector<Problem> problems_of(const manifest::Manifest& manifest, const Plugins& plugins,
                                 bool runs_dry) {
  std::vector<Problem> problems;
  const auto look = [&problems](const auto& call) {
    try {
      call();
    } catch (const Error& error) {
      add_new(error.problems(), problems);
    }
  };
  std::optional<compose::Contract> contract;
  look([&] { contract = compose::check_contract(manifest, *plugins.host); });
  if (!contract) return problems;
  if (runs_dry)
    look([&] { static_cast<void>(compose::dry_run(contract->request, *plugins.host)); });
  std::shared_ptr<Balancer> balancer;
  look([&] {
    balancer = train::make_balancer(manifest, *contract, *plugins.host);
    train::check_needs(*balancer, manifest);
  });
  if (!balancer || manifest.recipe.groups.empty()) return problems;
  look([&] {
    auto small = contract->request;
    small.image = compose::smallest_image(small, *plugins.host);
    const auto model = compose::compose(compose::check_contract(small, *plugins.host), /*seed=*/1);
    static_cast<void>(train::freeze(train::trainable(*model, *balancer), manifest.recipe.groups));
  });
  return problems;
}

}  // namespace

ModelFindings check_models(const store::Plan& plan, const Plugins& plugins, bool runs_dry) {
  ModelFindings findings;
  // Single tasks of many cells share a label and their tasks.
  std::set<std::tuple<std::string, std::string, std::vector<std::string>>> seen;
  for (const auto& point : plan.points) {
    if (point.seed != plan.points.front().seed) continue;  // every cell has every seed
    try {
      const auto manifest = manifest::from_canonical(point.manifest, *plugins.specs);
      const bool is_new = seen.emplace(point.role, point.label, manifest.task_names()).second;
      add_new(missing_probes(manifest), findings.missing_probes);
      add_new(problems_of(manifest, plugins, runs_dry && is_new), findings.problems);
    } catch (const Error& error) {
      add_new(error.problems(), findings.problems);
    }
  }
  return findings;
}

}  // namespace triptych::cli
