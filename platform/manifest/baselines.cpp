#include "baselines.h"

#include <algorithm>

#include "checker.h"
#include "matrix.h"

namespace triptych::manifest {

namespace {

constexpr const char* kForms =
    "expected \"single_task\", {\"single_task\": \"plain\"}, {\"single_task\": {key: value}} or "
    "{\"multi_task\": {\"label\": ..., key: value}}";

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Reads one list of baselines; faults go to `problems`.
class BaselineReader {
 public:
  explicit BaselineReader(std::vector<Problem>& problems) : problems_(problems) {}

  void read(const Node& node, const std::string& pointer) {
    if (node.text() && *node.text() == "single_task") {
      return add({"single task", false, {}}, node.at, pointer);
    }
    const auto* single = node.find("single_task");
    const auto* multi = node.find("multi_task");
    const bool has_one_key = node.members().size() == 1;
    if (has_one_key && single && single->text() && *single->text() == "plain") {
      add({"single task, plain", true, {}}, node.at, pointer);
    } else if (has_one_key && single && single->is_object()) {
      read_single_task(*single, pointer + "/single_task");
    } else if (has_one_key && multi) {
      read_multi_task(*multi, pointer + "/multi_task");
    } else {
      fail(node.at, pointer, "found " + brief_text(node), kForms);
    }
  }

  Baselines baselines;

 private:
  void read_single_task(const Node& node, const std::string& pointer) {
    Baselines::SingleTask baseline;
    if (const auto* plain = node.find("plain")) {
      const auto* flag = std::get_if<bool>(&plain->value);
      if (!flag) {
        fail(plain->at, pointer + "/plain", "found " + brief_text(*plain),
             "expected true or false");
      }
      baseline.is_plain = flag && *flag;
    }
    baseline.label = baseline.is_plain ? "single task, plain" : "single task";
    const auto* label = node.find("label");
    if (label && label->text()) {
      baseline.label = *label->text();
    } else if (label) {
      fail(label->at, pointer + "/label", "found " + brief_text(*label), "expected a text");
    }
    baseline.settings = read_settings(node, pointer, {"label", "plain"});
    add(std::move(baseline), label ? label->at : node.at, label ? pointer + "/label" : pointer);
  }

  void read_multi_task(const Node& node, const std::string& pointer) {
    const auto* label = node.find("label");
    if (!node.is_object() || !label || !label->text()) {
      return fail(label ? label->at : node.at, pointer,
                  "a multi-task baseline needs a \"label\", a text", "",
                  "The label names its row in tables.");
    }
    for (const auto& other : baselines.multi_task) {
      if (other.label == *label->text()) fail_twice(other.label, label->at, pointer + "/label");
    }
    baselines.multi_task.push_back({*label->text(), read_settings(node, pointer, {"label"})});
  }

  Settings read_settings(const Node& node, const std::string& pointer,
                         const std::vector<std::string>& own_keys) {
    Settings settings;
    const auto sections = top_keys().names();
    for (const auto& member : node.members()) {
      const auto& key = member.key;
      if (contains(own_keys, key)) continue;
      const bool is_word = key.find('.') == std::string::npos && !contains(sections, key);
      if (is_word && !key.empty()) {
        fail(member.at, child_pointer(pointer, key), "\"" + key + "\" is no key of a manifest",
             "expected " + join(own_keys) + ", or keys joined by dots: recipe.optimizer.lr",
             did_you_mean(key, own_keys));
        continue;
      }
      if (!is_key(key)) {
        fail(member.at, child_pointer(pointer, key), "\"" + key + "\" is not a key",
             "expected keys joined by dots: slots.embedding.use");
      } else if (is_about_study(key)) {
        fail(member.at, child_pointer(pointer, key),
             "'" + key + "' belongs to the whole study, a baseline cannot set it", "");
      } else {
        settings.emplace_back(key, member.value);
      }
    }
    return settings;
  }

  // The simple forms may stand twice: they say the same.
  void add(Baselines::SingleTask baseline, const Position& at, const std::string& pointer) {
    for (const auto& other : baselines.single_task) {
      if (other.label != baseline.label) continue;
      const bool is_same = other.is_plain == baseline.is_plain && other.settings.empty() &&
                           baseline.settings.empty();
      if (!is_same) fail_twice(baseline.label, at, pointer);
      return;
    }
    baselines.single_task.push_back(std::move(baseline));
  }

  void fail_twice(const std::string& label, const Position& at, const std::string& pointer) {
    fail(at, pointer, "the label \"" + label + "\" stands twice", "",
         "Give one of them another: \"label\": ...");
  }

  void fail(const Position& at, const std::string& pointer, const std::string& message,
            const std::string& expected, const std::string& suggestion = "") {
    problems_.push_back(problem_at(at, pointer, "manifest.123", message, expected, suggestion));
  }

  std::vector<Problem>& problems_;
};

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
  BaselineReader reader(problems);
  const auto* list = tree.find("baselines");
  if (!list) return {};
  reader.baselines.at = list->at;
  if (!list->is_list()) {
    problems.push_back(problem_at(list->at, "/baselines", "manifest.123",
                                  "found " + brief_text(*list), "expected a list"));
    return reader.baselines;
  }
  for (std::size_t i = 0; i < list->elements().size(); ++i) {
    reader.read(list->elements()[i], "/baselines/" + std::to_string(i));
  }
  return std::move(reader.baselines);
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
