#include "baselines.h"

#include <algorithm>

#include "checker.h"
#include "matrix.h"

namespace triptych::manifest {

namespace {

constexpr const char* kForms =
    "expected \"single_task\", {\"single_task\": \"plain\"} or {\"multi_task\": {\"label\": ..., "
    "key: value}}";

void read_multi_task(const Node& node, const std::string& pointer, Baselines& baselines,
                     std::vector<Problem>& problems) {
  const auto* label = node.find("label");
  if (!node.is_object() || !label || !label->text()) {
    problems.push_back(problem_at(label ? label->at : node.at, pointer, "manifest.123",
                                  "a multi-task baseline needs a \"label\", a text", "",
                                  "The label names its row in tables."));
    return;
  }
  Baselines::MultiTask baseline{*label->text(), {}};
  for (const auto& other : baselines.multi_task) {
    if (other.label != baseline.label) continue;
    problems.push_back(problem_at(label->at, pointer + "/label", "manifest.123",
                                  "the label \"" + other.label + "\" stands twice"));
  }
  for (const auto& member : node.members()) {
    if (member.key == "label") continue;
    if (is_key(member.key)) {
      baseline.settings.emplace_back(member.key, member.value);
      continue;
    }
    problems.push_back(problem_at(member.at, child_pointer(pointer, member.key), "manifest.123",
                                  "\"" + member.key + "\" is not a key",
                                  "expected keys joined by dots: slots.embedding.use"));
  }
  baselines.multi_task.push_back(std::move(baseline));
}

void read_one(const Node& node, const std::string& pointer, Baselines& baselines,
              std::vector<Problem>& problems) {
  if (node.text() && *node.text() == "single_task") {
    baselines.has_single_task = true;
    return;
  }
  const auto* single = node.find("single_task");
  const auto* multi = node.find("multi_task");
  const bool has_one_key = node.members().size() == 1;
  if (has_one_key && single && single->text() && *single->text() == "plain") {
    baselines.has_plain = true;
  } else if (has_one_key && multi) {
    read_multi_task(*multi, pointer + "/multi_task", baselines, problems);
  } else {
    problems.push_back(
        problem_at(node.at, pointer, "manifest.123", "found " + brief_text(node), kForms));
  }
}

// True for a pattern that can only match parameters of an absent task: "head.depth.*".
bool is_about(const std::string& pattern, const std::string& task) {
  for (const auto* part : {"head.", "embedding.", "encoder.", "prompt."}) {
    const auto name = part + task;
    if (pattern == name || pattern.starts_with(name + ".")) return true;
  }
  return false;
}

}  // namespace

Baselines read_baselines(const Node& tree, std::vector<Problem>& problems) {
  Baselines baselines;
  const auto* list = tree.find("baselines");
  if (!list) return baselines;
  baselines.at = list->at;
  if (!list->is_list()) {
    problems.push_back(problem_at(list->at, "/baselines", "manifest.123",
                                  "found " + brief_text(*list), "expected a list"));
    return baselines;
  }
  for (std::size_t i = 0; i < list->elements().size(); ++i) {
    read_one(list->elements()[i], "/baselines/" + std::to_string(i), baselines, problems);
  }
  return baselines;
}

Manifest single_task(const Manifest& manifest, const std::string& task, bool is_plain,
                     const SpecSource& specs) {
  auto single = manifest;
  std::erase_if(single.tasks, [&](const TaskChoice& choice) { return choice.name != task; });
  if (is_plain) {
    single.slots.prompt.clear();
    single.slots.fusion.clear();
  }
  const auto& fixed = specs.find("balancer", "fixed")->spec;
  single.recipe.balancer = {{"fixed", default_params("balancer 'fixed'", fixed)}, {}};
  std::erase_if(single.recipe.groups, [&](const Group& group) {
    return std::any_of(manifest.tasks.begin(), manifest.tasks.end(), [&](const TaskChoice& other) {
      return other.name != task && is_about(group.match, other.name);
    });
  });
  if (!single.select.is_last && single.select.task != task) single.select = Selection{};
  settle_weights(single);
  collect_plugins(single, specs);
  return single;
}

}  // namespace triptych::manifest
