#include "triptych/manifest/plan.h"

#include <algorithm>
#include <map>
#include <memory>

#include "baselines.h"
#include "checker.h"
#include "identity.h"
#include "matrix.h"
#include "plan_points.h"
#include "seeds.h"
#include "triptych/manifest/overrides.h"
#include "triptych/manifest/reader.h"
#include "values.h"

namespace triptych::manifest {

std::string role_name(Role role) {
  switch (role) {
    case Role::kVariant:
      return "variant";
    case Role::kSingleTask:
      return "single_task";
    case Role::kMultiTask:
      return "multi_task";
  }
  return "variant";
}

namespace {

void append(std::vector<Problem>& to, const std::vector<Problem>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Expands one study.
class Expander {
 public:
  Expander(Node tree, std::vector<Override> overrides, const SpecSource& specs,
           const PlanOptions& options, std::vector<Problem> problems)
      : tree_(std::move(tree)),
        overrides_(std::move(overrides)),
        specs_(specs),
        options_(options),
        problems_(std::move(problems)) {}

  Planned run() {
    if (tree_.is_object()) expand();
    sort_problems(problems_, options_.manifest_path);
    sort_problems(warnings_, options_.manifest_path);
    if (problems_.empty()) plan_.points = points_.named(variants_.size());
    return {std::move(plan_), std::move(problems_), std::move(warnings_), std::move(tree_)};
  }

 private:
  struct Variant {
    Node tree;
    std::unique_ptr<Manifest> manifest;
    std::string label;
  };

  void expand() {
    axes_ = read_axes(tree_, problems_);
    const auto cells = read_cells(tree_, axes_, problems_);
    seeds_ = read_seeds(tree_, problems_);
    baselines_ = read_baselines(tree_, problems_);
    base_ = tree_;
    for (const auto* key : {"matrix", "exclude", "seeds", "baselines"}) base_.erase(key);
    if (cells.empty()) {
      const bool is_large = problems_.empty();
      if (is_large) fail_large();
      check(base_);  // what else is wrong, at least
      return;
    }
    add_variants(cells);
    add_all_single_tasks();
    for (const auto& baseline : baselines_.multi_task) add_multi_task(baseline);
  }

  void add_variants(const std::vector<Cell>& cells) {
    for (const auto& cell : cells) {
      auto tree = base_;
      for (const auto& [axis, value] : cell.choices) {
        for (const auto& [key, node] : value->settings) {
          set(key, node, tree);
          reapply(tree, [&](const Override& one) { return is_under(one.key, key); });
        }
      }
      auto manifest = check(tree);
      if (!manifest) continue;
      const auto label = cell.choices.empty() ? manifest->name : cell.label();
      plan_.study = manifest->name;
      plan_.protocol = manifest->protocol.id();
      add_seeds(*manifest, Role::kVariant, label, {});
      variants_.push_back({std::move(tree), std::move(manifest), label});
    }
  }

  void add_all_single_tasks() {
    if (baselines_.single_task.empty() || !has_fixed_balancer()) return;
    for (const auto& variant : variants_) {
      for (const auto& baseline : baselines_.single_task) add_single_tasks(variant, baseline);
    }
  }

  void add_single_tasks(const Variant& variant, const Baselines::SingleTask& baseline) {
    const bool is_changed = !baseline.settings.empty();
    const auto changed = is_changed ? check(with(baseline.settings, variant.tree)) : nullptr;
    if (is_changed && !changed) return;
    const auto& manifest = is_changed ? *changed : *variant.manifest;
    for (const auto& choice : manifest.tasks) {
      const auto single = single_task(manifest, choice.name, baseline.is_plain, specs_);
      add_seeds(single, Role::kSingleTask, baseline.label,
                {{Role::kSingleTask, baseline.label, {variant.label}}});
    }
  }

  // Single-task baselines use the balancer `fixed`, whatever the manifest names.
  bool has_fixed_balancer() {
    std::string reason = "there is no balancer 'fixed'";
    try {
      if (specs_.find("balancer", "fixed")) return true;
    } catch (const Error& error) {
      reason = "balancer 'fixed' cannot be used: " + error.problem().text();
    }
    problems_.push_back(problem_at(baselines_.at, "/baselines", "manifest.105",
                                   reason + ", and single-task baselines use it",
                                   "there are: " + join(specs_.names("balancer"))));
    return false;
  }

  void add_multi_task(const Baselines::MultiTask& baseline) {
    const auto manifest = check(with(baseline.settings, base_));
    if (!manifest) return;
    add_seeds(*manifest, Role::kMultiTask, baseline.label,
              {{Role::kMultiTask, baseline.label, {}}});
  }

  // A tree with a baseline's settings. The command line also counts for baselines (recipe.steps=2),
  // but for what makes them: modules.
  Node with(const Settings& settings, Node tree) {
    for (const auto& [key, node] : settings) set(key, node, tree);
    reapply(tree, [](const Override& one) {
      return one.path.front() != "slots" && one.path.front() != "tasks";
    });
    return tree;
  }

  void set(const std::string& key, const Node& value, Node& tree) {
    try {
      apply(setting(key, value), tree);
    } catch (const Error& error) {
      append(problems_, error.problems());
    }
  }

  template <class Condition>
  void reapply(Node& tree, Condition condition) {
    for (auto one : overrides_) {
      const auto& root = one.path.front();
      if (root == "matrix" || root == "exclude" || root == "seeds" || root == "seed" ||
          root == "baselines" || root == "include" || !condition(one)) {
        continue;
      }
      const bool is_removal = one.verb == OverrideVerb::kRemove;
      if (is_removal && !find_key(tree, one.key)) continue;
      if (one.verb == OverrideVerb::kAdd) one.verb = OverrideVerb::kForce;
      try {
        apply(one, tree);
      } catch (const Error& error) {
        append(problems_, error.problems());
      }
    }
  }

  std::unique_ptr<Manifest> check(const Node& tree) {
    auto checked = check_tree(tree, specs_, options_);
    append(problems_, checked.problems);
    append(warnings_, checked.warnings);
    if (!checked.manifest) return nullptr;
    return std::make_unique<Manifest>(std::move(*checked.manifest));
  }

  void add_seeds(Manifest manifest, Role role, const std::string& label,
                 const std::vector<BaselineUse>& serves_as) {
    if (!problems_.empty()) return;  // no plan comes of it
    const auto& data_hash = data_hash_of(manifest);
    auto [weights, is_new] = weights_hashes_.try_emplace(manifest.recipe.init_from.from);
    if (is_new) weights->second = weights_hash_of(manifest);
    for (const auto seed : seeds_) {
      manifest.seed = seed;
      const bool has_room = points_.add({point_id_with(manifest, data_hash, weights->second), role,
                                         label, seed, canonical_text(manifest), serves_as});
      if (!has_room) return fail_large();
    }
  }

  const std::string& data_hash_of(const Manifest& manifest) {
    std::string key = manifest.data.root + "\n";
    for (const auto& [name, value] : manifest.data.dataset.params.values()) {
      key += name + "=" + to_text(value) + "\n";
    }
    const auto [found, is_new] = data_hashes_.try_emplace(key);
    if (is_new && options_.data_hash) found->second = options_.data_hash(manifest);
    return found->second;
  }

  void fail_large() {
    const auto* matrix = tree_.find("matrix");
    problems_.push_back(
        problem_at(matrix ? matrix->at : tree_.at, "/matrix", "manifest.125",
                   "the study has more than " + std::to_string(kMostPoints) + " points", "",
                   "Split it, or exclude cells."));
  }

  Node tree_;
  Node base_;  // without matrix, exclude, seeds and baselines
  std::vector<Override> overrides_;
  const SpecSource& specs_;
  const PlanOptions& options_;
  std::vector<Problem> problems_;
  std::vector<Problem> warnings_;
  std::vector<Axis> axes_;
  std::vector<std::int64_t> seeds_;
  Baselines baselines_;
  std::vector<Variant> variants_;
  Plan plan_;
  PlanPoints points_;
  std::map<std::string, std::string> data_hashes_;
  std::map<std::string, std::string> weights_hashes_;
};

}  // namespace

Planned plan_study(const std::string& path, const std::vector<std::string>& overrides,
                   const SpecSource& specs, const PlanOptions& options) {
  auto settled = options;
  if (settled.manifest_path.empty()) settled.manifest_path = path;
  std::vector<Problem> problems;
  auto parsed = parse_overrides(overrides, problems);
  Node tree;
  try {
    tree = read_manifest(path);
  } catch (const Error& error) {
    problems.insert(problems.begin(), error.problems().begin(), error.problems().end());
    return {{}, std::move(problems), {}, {}};
  }
  apply_overrides(parsed, tree, problems);
  return Expander(std::move(tree), std::move(parsed), specs, settled, std::move(problems)).run();
}

Plan load_plan(const std::string& path, const std::vector<std::string>& overrides,
               const SpecSource& specs, const PlanOptions& options) {
  auto planned = plan_study(path, overrides, specs, options);
  if (!planned.problems.empty()) throw Error(shown(std::move(planned.problems)));
  return std::move(planned.plan);
}

namespace {

Node uses_node(const std::vector<BaselineUse>& uses) {
  Node::List list;
  for (const auto& use : uses) {
    auto node = make_node(Node::Object{});
    node.set("role", make_node(role_name(use.role)));
    node.set("name", make_node(use.name));
    node.set("of", to_node(ParamValue(use.of)));
    list.push_back(std::move(node));
  }
  return make_node(std::move(list));
}

}  // namespace

std::string Plan::canonical() const {
  Node::List list;
  for (const auto& point : points) {
    auto node = make_node(Node::Object{});
    node.set("point_id", make_node(point.point_id));
    node.set("role", make_node(role_name(point.role)));
    node.set("label", make_node(point.label));
    node.set("seed", make_node(point.seed));
    node.set("manifest", make_node(point.manifest));
    node.set("serves_as", uses_node(point.serves_as));
    list.push_back(std::move(node));
  }
  auto plan = make_node(Node::Object{});
  plan.set("study", make_node(study));
  plan.set("protocol", make_node(protocol));
  plan.set("points", make_node(std::move(list)));
  return canonical_text(plan);
}

}  // namespace triptych::manifest
