#include "model_checks.h"

#include <algorithm>
#include <set>

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

void check_model(const manifest::Manifest& manifest, const Plugins& plugins, bool runs_dry) {
  const auto contract = compose::check_contract(manifest, *plugins.host);
  if (runs_dry) static_cast<void>(compose::dry_run(contract.request, *plugins.host));
  const auto balancer = train::make_balancer(manifest, contract, *plugins.host);
  if (manifest.recipe.groups.empty()) return;
  auto small = contract.request;
  small.image = compose::smallest_image(small, *plugins.host);
  const auto model = compose::compose(compose::check_contract(small, *plugins.host), /*seed=*/1);
  static_cast<void>(train::freeze(train::trainable(*model, *balancer), manifest.recipe.groups));
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

}  // namespace

ModelFindings check_models(const store::Plan& plan, const Plugins& plugins, bool runs_dry) {
  ModelFindings findings;
  std::set<std::pair<std::string, std::string>> seen;  // single tasks of many cells share a label
  for (const auto& point : plan.points) {
    if (point.seed != plan.points.front().seed) continue;  // every cell has every seed
    const bool is_new = seen.emplace(point.role, point.label).second;
    try {
      const auto manifest = manifest::from_canonical(point.manifest, *plugins.specs);
      add_new(missing_probes(manifest), findings.missing_probes);
      check_model(manifest, plugins, runs_dry && is_new);
    } catch (const Error& error) {
      add_new(error.problems(), findings.problems);
    }
  }
  return findings;
}

}  // namespace triptych::cli
