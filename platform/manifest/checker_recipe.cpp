// recipe, select: how a model is trained and which weights count.
#include <algorithm>

#include "checker.h"
#include "values.h"

namespace triptych::manifest {

namespace {

const Node& nothing() {
  static const Node kNothing = make_node(Node::Object{});
  return kNothing;
}

std::optional<double> optional_number(const Params& params, const std::string& name) {
  if (!params.has(name)) return std::nullopt;
  return params.number(name);
}

}  // namespace

void Checker::read_recipe(const Node& tree) {
  const auto* node = object_under(tree, "", "recipe");
  const auto table = recipe_keys();
  std::vector<std::string> nested;
  for (const auto& key : table.nested) nested.push_back(key.name);
  const Node& object = node ? *node : nothing();
  const auto params = read_params({object, "/recipe", "", nested}, table.spec);
  auto& recipe = manifest_.recipe;
  recipe.steps = params.integer("steps");
  recipe.batch = params.integer("batch");
  recipe.accumulate = params.integer("accumulate");
  recipe.precision = params.text("precision");
  recipe.augment = params.texts("augment");
  recipe.clip_norm = optional_number(params, "clip_norm");
  recipe.evaluate_every = params.integer("evaluate_every");
  recipe.checkpoint_every = params.integer("checkpoint_every");
  recipe.log_every = params.integer("log_every");
  recipe.workers = params.integer("workers");
  recipe.threads = params.has("threads") ? params.integer("threads") : 0;
  read_init_from(node);
  read_optimizer(node);
  read_schedule(node);
  read_balancer(node);
  read_groups(node);
}

void Checker::read_optimizer(const Node* recipe) {
  const auto* node = recipe ? object_under(*recipe, "/recipe", "optimizer") : nullptr;
  Params params;
  const auto* pointer = "/recipe/optimizer";
  const auto specs = optimizer_specs();
  const auto* spec = read_choice(node, pointer, "optimizer", specs, params);
  if (!spec) return;
  auto& optimizer = manifest_.recipe.optimizer;
  optimizer.use = spec->name();
  optimizer.lr = params.number("lr");
  optimizer.weight_decay = params.number("weight_decay");
  if (spec->find("momentum")) optimizer.momentum = params.number("momentum");
  if (!spec->find("betas")) return;
  optimizer.eps = params.number("eps");
  const auto& betas = params.numbers("betas");
  if (betas.size() != 2 || betas[0] >= 1 || betas[1] >= 1) {
    const auto& found = *node->find("betas");
    report(found.at, "/recipe/optimizer/betas", "manifest.101", "found " + brief_text(found),
           "expected two numbers, at least 0 and below 1");
    return;
  }
  optimizer.betas = {betas[0], betas[1]};
}

void Checker::read_schedule(const Node* recipe) {
  const auto* node = recipe ? object_under(*recipe, "/recipe", "schedule") : nullptr;
  Params params;
  const auto specs = schedule_specs();
  const auto* spec = read_choice(node, "/recipe/schedule", "schedule", specs, params);
  if (!spec) return;
  auto& schedule = manifest_.recipe.schedule;
  schedule.use = spec->name();
  schedule.warmup = std::min(params.integer("warmup"), manifest_.recipe.steps);
  if (spec->find("power")) schedule.power = params.number("power");
  if (spec->find("min_lr")) schedule.min_lr = params.number("min_lr");
}

void Checker::read_balancer(const Node* recipe) {
  const auto* node = recipe ? recipe->find("balancer") : nullptr;
  Node module = node ? *node : nothing();
  if (!node && recipe) module.at = recipe->at;
  if (const auto* weights = module.find("weights")) read_weights(*weights);
  module.erase("weights");
  manifest_.recipe.balancer.module =
      read_module(module, "/recipe/balancer", "balancer", {}, "fixed");
}

void Checker::read_weights(const Node& node) {
  const std::string pointer = "/recipe/balancer/weights";
  if (!node.is_object()) {
    report(node.at, pointer, "manifest.100", "found " + brief_text(node),
           "expected an object: a number per task");
    return;
  }
  const ParamSpec factor{.name = "weight",
                         .type = ParamType::kNumber,
                         .value = 1.0,
                         .meaning = "factor on the task's loss",
                         .range = at_least(0)};
  for (const auto& member : node.members()) {
    const auto place = child_pointer(pointer, member.key);
    ParamValue value = 1.0;
    if (auto problem = read_value(member.value, place, factor, value)) {
      problems_.push_back(std::move(*problem));
    } else if (manifest_.task(member.key)) {
      manifest_.recipe.balancer.weights[member.key] = std::get<double>(value);
    } else if (manifest_.protocol.task(member.key)) {
      warn(member.at, place, "manifest.203",
           "the task '" + member.key + "' is not in this manifest; its weight is not used");
    } else {
      const auto names = manifest_.task_names();
      report(member.at, place, "manifest.115", "there is no task '" + member.key + "'",
             "the tasks are: " + join(names), did_you_mean(member.key, names));
    }
  }
}

void Checker::read_groups(const Node* recipe) {
  const auto* list = recipe ? recipe->find("groups") : nullptr;
  if (!list) return;
  if (!list->is_list()) {
    report(list->at, "/recipe/groups", "manifest.100", "found " + brief_text(*list),
           "expected a list of objects");
    return;
  }
  for (std::size_t i = 0; i < list->elements().size(); ++i) {
    const auto& node = list->elements()[i];
    const auto pointer = "/recipe/groups/" + std::to_string(i);
    if (!node.is_object()) {
      report(node.at, pointer, "manifest.100", "found " + brief_text(node),
             "expected an object with \"match\"");
      continue;
    }
    const auto before = problems_.size();
    const auto params = read_params({node, pointer, "", {}}, group_keys());
    if (problems_.size() != before) continue;
    manifest_.recipe.groups.push_back({.match = params.text("match"),
                                       .lr_scale = params.number("lr_scale"),
                                       .weight_decay = optional_number(params, "weight_decay"),
                                       .is_frozen = params.flag("frozen")});
  }
}

void Checker::read_select(const Node& tree) {
  const auto* node = tree.find("select");
  if (!node || (node->text() && *node->text() == "last")) return;
  if (!node->is_object()) {
    report(node->at, "/select", "manifest.116", "found " + brief_text(*node),
           "expected \"last\" or {\"metric\": \"task.metric\", \"split\": \"val\"}");
    return;
  }
  const auto before = problems_.size();
  const auto params = read_params({*node, "/select", "", {}}, selection_keys());
  if (problems_.size() != before) return;
  auto& select = manifest_.select;
  const auto& metric = params.text("metric");
  const auto dot = metric.find('.');
  select.is_last = false;
  select.task = metric.substr(0, dot);
  select.metric = dot == std::string::npos ? "" : metric.substr(dot + 1);
  if (select.metric.empty() || !manifest_.task(select.task)) {
    report(node->find("metric")->at, "/select/metric", "manifest.116",
           "found " + brief_text(*node->find("metric")),
           "expected task.metric, where the task is one of: " + join(manifest_.task_names()));
  }
  select.split = params.has("split") ? params.text("split") : manifest_.protocol.selection_split;
  if (has_protocol_ && !manifest_.protocol.split(select.split)) {
    std::vector<std::string> names;
    for (const auto& split : manifest_.protocol.splits) names.push_back(split.name);
    report(node->find("split")->at, "/select/split", "manifest.116",
           "the protocol " + manifest_.protocol.id() + " has no split '" + select.split + "'",
           "it has: " + join(names), did_you_mean(select.split, names));
  }
}

}  // namespace triptych::manifest
