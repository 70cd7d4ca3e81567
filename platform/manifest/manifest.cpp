#include "triptych/manifest/manifest.h"

#include <algorithm>

#include "checker.h"
#include "values.h"

namespace triptych::manifest {

const TaskChoice* Manifest::task(const std::string& task_name) const {
  for (const auto& choice : tasks) {
    if (choice.name == task_name) return &choice;
  }
  return nullptr;
}

std::vector<std::string> Manifest::task_names() const {
  std::vector<std::string> names;
  for (const auto& choice : tasks) names.push_back(choice.name);
  return names;
}

namespace {

using FixedValues = std::map<std::string, ParamValue>;

Node empty_object() { return make_node(Node::Object{}); }

Node texts_node(const std::vector<std::string>& texts) { return to_node(ParamValue(texts)); }

// {"use": ..., params...} without what the protocol fixes.
Node module_node(const ModuleChoice& module, const FixedValues& fixed = {}) {
  auto node = empty_object();
  node.set("use", make_node(module.use));
  for (const auto& [name, value] : module.params.values()) {
    const bool is_null = std::holds_alternative<std::monostate>(value);
    if (!is_null && !fixed.contains(name)) node.set(name, to_node(value));
  }
  return node;
}

Node chain_node(const std::vector<ModuleChoice>& chain) {
  Node::List list;
  for (const auto& module : chain) list.push_back(module_node(module));
  return make_node(std::move(list));
}

Node optimizer_node(const Optimizer& optimizer) {
  auto node = empty_object();
  node.set("use", make_node(optimizer.use));
  node.set("lr", make_node(optimizer.lr));
  node.set("weight_decay", make_node(optimizer.weight_decay));
  if (optimizer.use == "sgd") {
    node.set("momentum", make_node(optimizer.momentum));
    return node;
  }
  node.set("betas",
           to_node(ParamValue(std::vector<double>{optimizer.betas[0], optimizer.betas[1]})));
  node.set("eps", make_node(optimizer.eps));
  return node;
}

Node schedule_node(const Schedule& schedule) {
  auto node = empty_object();
  node.set("use", make_node(schedule.use));
  node.set("warmup", make_node(schedule.warmup));
  if (schedule.use == "poly") node.set("power", make_node(schedule.power));
  if (schedule.use != "constant") node.set("min_lr", make_node(schedule.min_lr));
  return node;
}

Node balancer_node(const Balancer& balancer) {
  auto node = module_node(balancer.module);
  auto weights = empty_object();
  for (const auto& [task, weight] : balancer.weights) weights.set(task, make_node(weight));
  node.set("weights", std::move(weights));
  return node;
}

Node groups_node(const std::vector<Group>& groups) {
  Node::List list;
  for (const auto& group : groups) {
    auto node = empty_object();
    node.set("match", make_node(group.match));
    node.set("lr_scale", make_node(group.lr_scale));
    if (group.weight_decay) node.set("weight_decay", make_node(*group.weight_decay));
    node.set("frozen", make_node(group.is_frozen));
    list.push_back(std::move(node));
  }
  return make_node(std::move(list));
}

Node init_from_node(const InitFrom& init) {
  if (!init.is_partial && init.rename.empty()) return make_node(init.from);
  auto node = empty_object();
  node.set("from", make_node(init.from));
  node.set("partial", make_node(init.is_partial));
  auto rename = empty_object();
  for (const auto& [before, after] : init.rename) rename.set(before, make_node(after));
  node.set("rename", std::move(rename));
  return node;
}

Node recipe_node(const Recipe& recipe) {
  auto node = empty_object();
  node.set("steps", make_node(recipe.steps));
  node.set("batch", make_node(recipe.batch));
  if (recipe.accumulate != 1) node.set("accumulate", make_node(recipe.accumulate));
  node.set("precision", make_node(recipe.precision));
  node.set("optimizer", optimizer_node(recipe.optimizer));
  node.set("schedule", schedule_node(recipe.schedule));
  node.set("balancer", balancer_node(recipe.balancer));
  node.set("groups", groups_node(recipe.groups));
  if (!recipe.init_from.from.empty()) node.set("init_from", init_from_node(recipe.init_from));
  node.set("augment", texts_node(recipe.augment));
  if (recipe.clip_norm) node.set("clip_norm", make_node(*recipe.clip_norm));
  node.set("evaluate_every", make_node(recipe.evaluate_every));
  node.set("checkpoint_every", make_node(recipe.checkpoint_every));
  node.set("log_every", make_node(recipe.log_every));
  node.set("workers", make_node(recipe.workers));
  if (recipe.threads > 0) node.set("threads", make_node(recipe.threads));
  return node;
}

Node tasks_node(const Manifest& manifest) {
  auto node = empty_object();
  for (const auto& choice : manifest.tasks) {
    const auto* fixed = manifest.protocol.task(choice.name);
    auto entry = module_node(choice.task, fixed ? fixed->params : FixedValues{});
    entry.set("head", module_node(choice.head));
    node.set(choice.name, std::move(entry));
  }
  return node;
}

Node slots_node(const Slots& slots) {
  auto node = empty_object();
  node.set("embedding", module_node(slots.embedding));
  node.set("encoder", module_node(slots.encoder));
  node.set("prompt", chain_node(slots.prompt));
  node.set("fusion", chain_node(slots.fusion));
  return node;
}

Node select_node(const Selection& select) {
  if (select.is_last) return make_node(std::string("last"));
  auto node = empty_object();
  node.set("metric", make_node(select.task + "." + select.metric));
  node.set("split", make_node(select.split));
  return node;
}

}  // namespace

Node to_tree(const Manifest& manifest) {
  auto node = empty_object();
  node.set("name", make_node(manifest.name));
  node.set("notes", make_node(manifest.notes));
  node.set("tags", texts_node(manifest.tags));
  node.set("protocol", manifest.protocol.document);
  auto data = module_node(manifest.data.dataset, manifest.protocol.dataset_params);
  if (!manifest.data.root.empty()) data.set("root", make_node(manifest.data.root));
  node.set("data", std::move(data));
  node.set("tasks", tasks_node(manifest));
  node.set("slots", slots_node(manifest.slots));
  node.set("recipe", recipe_node(manifest.recipe));
  node.set("seed", make_node(manifest.seed));
  node.set("probes", texts_node(manifest.probes));
  node.set("select", select_node(manifest.select));
  auto plugins = empty_object();
  plugins.set("path", texts_node(manifest.plugin_path));
  node.set("plugins", std::move(plugins));
  return node;
}

void settle_weights(Manifest& manifest) {
  std::map<std::string, double> weights;
  for (const auto& choice : manifest.tasks) {
    const auto found = manifest.recipe.balancer.weights.find(choice.name);
    weights[choice.name] = found == manifest.recipe.balancer.weights.end() ? 1.0 : found->second;
  }
  manifest.recipe.balancer.weights = std::move(weights);
}

void collect_plugins(Manifest& manifest, const SpecSource& specs) {
  auto& uses = manifest.plugins;
  uses.clear();
  const auto add = [&](const std::string& kind, const ModuleChoice& module) {
    const auto* plugin = specs.find(kind, module.use);
    if (!plugin) return;
    uses.push_back(
        {kind, module.use, plugin->identity(), plugin->source_hash, plugin->sha256, plugin->file});
  };
  add("embedding", manifest.slots.embedding);
  add("encoder", manifest.slots.encoder);
  for (const auto& module : manifest.slots.prompt) add("prompt", module);
  for (const auto& module : manifest.slots.fusion) add("fusion", module);
  for (const auto& choice : manifest.tasks) {
    add("task", choice.task);
    add("head", choice.head);
  }
  if (manifest.data.has_plugin) add("dataset", manifest.data.dataset);
  add("balancer", manifest.recipe.balancer.module);
  std::sort(uses.begin(), uses.end());
  uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
}

}  // namespace triptych::manifest
