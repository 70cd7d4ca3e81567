#include "seeds.h"

#include <map>
#include <set>

#include "keys.h"
#include "values.h"

namespace triptych::manifest {

namespace {

using Seeds = std::vector<std::int64_t>;

Seeds listed_seeds(const Node& node, std::vector<Problem>& problems) {
  ParamSpec spec = *seeds_keys().find("base");
  spec.type = ParamType::kIntegers;
  ParamValue value;
  if (auto problem = read_value(node, "/seeds", spec, value)) {
    problems.push_back(std::move(*problem));
    return {};
  }
  auto seeds = std::get<Seeds>(value);
  const std::set<std::int64_t> distinct(seeds.begin(), seeds.end());
  if (seeds.empty() || distinct.size() != seeds.size()) {
    problems.push_back(problem_at(node.at, "/seeds", "manifest.124", "found " + brief_text(node),
                                  "expected at least one seed, each once"));
  }
  return seeds;
}

Seeds counted_seeds(const Node& node, std::vector<Problem>& problems) {
  const auto keys = seeds_keys();
  std::map<std::string, std::int64_t> values;
  for (const auto& param : keys.params()) {
    ParamValue value = param.value;
    if (const auto* given = node.find(param.name)) {
      if (auto problem = read_value(*given, "/seeds/" + param.name, param, value)) {
        problems.push_back(std::move(*problem));
      }
    }
    values[param.name] = std::get<std::int64_t>(value);
  }
  for (const auto& member : node.members()) {
    if (keys.find(member.key)) continue;
    problems.push_back(problem_at(member.at, child_pointer("/seeds", member.key), "manifest.103",
                                  "unknown key", "known here: " + join(keys.param_names()),
                                  did_you_mean(member.key, keys.param_names())));
  }
  Seeds seeds;
  for (std::int64_t i = 0; i < values["count"]; ++i) seeds.push_back(values["base"] + i);
  return seeds;
}

}  // namespace

Seeds read_seeds(const Node& tree, std::vector<Problem>& problems) {
  const auto* node = tree.find("seeds");
  const auto* seed = tree.find("seed");
  if (node && seed) {
    problems.push_back(problem_at(seed->at, "/seed", "manifest.117",
                                  "both \"seed\" and \"seeds\" are given", "",
                                  "Remove one of them."));
  }
  if (!node) {
    const auto* one = seed ? std::get_if<std::int64_t>(&seed->value) : nullptr;
    return {one ? *one : 1};
  }
  if (node->is_list()) return listed_seeds(*node, problems);
  if (node->is_object()) return counted_seeds(*node, problems);
  problems.push_back(problem_at(node->at, "/seeds", "manifest.124", "found " + brief_text(*node),
                                "expected {\"count\": 6, \"base\": 1} or a list of seeds"));
  return {};
}

}  // namespace triptych::manifest
