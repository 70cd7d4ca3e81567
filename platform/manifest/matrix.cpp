#include "matrix.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "triptych/manifest/reader.h"

namespace triptych::manifest {

std::string Cell::label() const {
  std::vector<std::string> labels;
  for (const auto& [axis, value] : choices) labels.push_back(value->label);
  return labels.empty() ? "" : join(labels);
}

bool is_labelled(const Node& value) {
  return value.is_object() && value.find("label") && !value.find("use");
}

std::string value_label(const Node& value) {
  if (const auto* text = value.text()) return *text;
  if (value.is_null()) return "none";
  if (const auto* use = value.find("use"); use && use->text()) return *use->text();
  if (!value.is_list()) return brief_text(value, 40);
  if (value.elements().empty()) return "none";
  std::vector<std::string> parts;
  for (const auto& element : value.elements()) parts.push_back(value_label(element));
  const bool has_modules = value.elements().front().is_object();
  return has_modules ? join(parts, " + ") : brief_text(value, 40);
}

bool is_key(const std::string& key) {
  const bool has_empty_part =
      key.empty() || key.front() == '.' || key.back() == '.' || key.find("..") != std::string::npos;
  return !has_empty_part && std::count(key.begin(), key.end(), '.') < kMaxDepth;
}

bool is_about_study(const std::string& key) {
  static const std::vector<std::string> kRoots = {
      "$schema", "schema_version", "include", "name",  "matrix",    "exclude",
      "seed",    "seeds",          "tags",    "notes", "baselines", "plugins"};
  const auto root = key.substr(0, key.find('.'));
  return std::find(kRoots.begin(), kRoots.end(), root) != kRoots.end();
}

bool is_under(const std::string& key, const std::string& ancestor) {
  return key == ancestor || key.starts_with(ancestor + ".");
}

Override setting(const std::string& key, const Node& value) {
  Override made;
  made.verb = OverrideVerb::kForce;
  made.key = key;
  std::size_t start = 0;
  while (start <= key.size()) {
    const auto end = std::min(key.find('.', start), key.size());
    made.path.push_back(key.substr(start, end - start));
    start = end + 1;
  }
  made.at = value.at;
  made.value = value;
  made.has_value = true;
  return made;
}

const Node* find_key(const Node& tree, const std::string& key) {
  const Node* node = &tree;
  for (const auto& part : setting(key, {}).path) {
    std::size_t index = 0;
    const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (node->is_list() && fault == std::errc() && index < node->elements().size()) {
      node = &node->elements()[index];
    } else {
      node = node->find(part);
    }
    if (!node) return nullptr;
  }
  return node;
}

namespace {

// Reads one axis; faults go to `problems`.
class AxisReader {
 public:
  AxisReader(const Member& member, std::vector<Problem>& problems)
      : member_(member), pointer_(child_pointer("/matrix", member.key)), problems_(problems) {}

  Axis read() {
    Axis axis{member_.key, {}};
    if (!may_vary(member_.key, member_.at, pointer_)) return axis;
    if (!member_.value.is_list() || member_.value.elements().empty()) {
      fail(member_.value.at, pointer_, "found " + brief_text(member_.value),
           "expected a list of at least one value");
      return axis;
    }
    const auto& values = member_.value.elements();
    std::set<std::string> labels;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto pointer = pointer_ + "/" + std::to_string(i);
      axis.values.push_back(read_value(values[i], pointer));
      if (!labels.insert(axis.values.back().label).second) {
        fail(values[i].at, pointer, "the label \"" + axis.values.back().label + "\" stands twice",
             "", "Give one of them another: {\"label\": ..., \"" + member_.key + "\": ...}.");
      }
    }
    return axis;
  }

 private:
  AxisValue read_value(const Node& value, const std::string& pointer) {
    if (!is_labelled(value)) return {value_label(value), {{member_.key, value}}};
    AxisValue read;
    const auto& label = *value.find("label");
    if (label.text())
      read.label = *label.text();
    else
      fail(label.at, pointer + "/label", "found " + brief_text(label), "expected a text");
    for (const auto& member : value.members()) {
      if (member.key == "label") continue;
      if (may_vary(member.key, member.at, child_pointer(pointer, member.key))) {
        read.settings.emplace_back(member.key, member.value);
      }
    }
    return read;
  }

  bool may_vary(const std::string& key, const Position& at, const std::string& pointer) {
    const bool is_outside = is_about_study(key);
    if (is_outside) {
      fail(at, pointer, "'" + key + "' cannot be varied", "",
           is_under(key, "seed") ? "Seeds are an axis of their own: \"seeds\": [1, 2]." : "");
    } else if (!is_key(key)) {
      fail(at, pointer, "\"" + key + "\" is not a key",
           "expected keys joined by dots: slots.embedding.use");
      return false;
    }
    return !is_outside;
  }

  void fail(const Position& at, const std::string& pointer, const std::string& message,
            const std::string& expected = "", const std::string& suggestion = "") {
    problems_.push_back(problem_at(at, pointer, "manifest.120", message, expected, suggestion));
  }

  const Member& member_;
  std::string pointer_;
  std::vector<Problem>& problems_;
};

bool names_value(const Node& named, const AxisValue& value) {
  if (named.text() && *named.text() == value.label) return true;
  return value.settings.size() == 1 && equal(named, value.settings.front().second);
}

// What a cell has under a key that is no axis: its values' settings, the last one first, else what
// the manifest says.
const Node* find_in_cell(const Cell& cell, const Node& tree, const std::string& key) {
  for (auto choice = cell.choices.rbegin(); choice != cell.choices.rend(); ++choice) {
    const auto& settings = choice->second->settings;
    for (auto setting = settings.rbegin(); setting != settings.rend(); ++setting) {
      const auto& [set_key, value] = *setting;
      if (key == set_key) return &value;
      if (is_under(key, set_key)) return find_key(value, key.substr(set_key.size() + 1));
    }
  }
  return find_key(tree, key);
}

bool is_set(const std::vector<Axis>& axes, const std::string& key) {
  for (const auto& axis : axes) {
    for (const auto& value : axis.values) {
      for (const auto& setting : value.settings) {
        if (is_under(key, setting.first)) return true;
      }
    }
  }
  return false;
}

bool is_excluded(const Cell& cell, const Node& tree, const Node& exclusion) {
  return std::all_of(exclusion.members().begin(), exclusion.members().end(),
                     [&](const Member& member) {
                       for (const auto& [axis, value] : cell.choices) {
                         if (axis->key == member.key) return names_value(member.value, *value);
                       }
                       const auto* found = find_in_cell(cell, tree, member.key);
                       return found && equal(*found, member.value);
                     });
}

// The exclusions that can be used; faults go to `problems`.
std::vector<const Node*> read_exclusions(const Node& tree, const std::vector<Axis>& axes,
                                         std::vector<Problem>& problems) {
  std::vector<const Node*> exclusions;
  const auto* list = tree.find("exclude");
  if (!list) return exclusions;
  const auto fail = [&](const Position& at, const std::string& pointer, const std::string& message,
                        const std::string& expected, const std::string& suggestion = "") {
    problems.push_back(problem_at(at, pointer, "manifest.121", message, expected, suggestion));
  };
  if (!list->is_list()) {
    fail(list->at, "/exclude", "found " + brief_text(*list), "expected a list of objects");
    return exclusions;
  }
  std::vector<std::string> keys;
  for (const auto& axis : axes) keys.push_back(axis.key);
  for (std::size_t i = 0; i < list->elements().size(); ++i) {
    const auto& node = list->elements()[i];
    const auto pointer = "/exclude/" + std::to_string(i);
    if (!node.is_object() || node.members().empty()) {
      fail(node.at, pointer, "found " + brief_text(node), "expected an object {axis: value}");
      continue;
    }
    exclusions.push_back(&node);
    for (const auto& member : node.members()) {
      const bool is_axis = std::find(keys.begin(), keys.end(), member.key) != keys.end();
      if (is_axis || is_set(axes, member.key) || find_key(tree, member.key)) continue;
      fail(member.at, child_pointer(pointer, member.key), "no axis has this name",
           "the axes are: " + join(keys), did_you_mean(member.key, keys));
    }
  }
  return exclusions;
}

}  // namespace

std::vector<Axis> read_axes(const Node& tree, std::vector<Problem>& problems) {
  std::vector<Axis> axes;
  const auto* matrix = tree.find("matrix");
  if (!matrix) return axes;
  if (!matrix->is_object()) {
    problems.push_back(problem_at(matrix->at, "/matrix", "manifest.120",
                                  "found " + brief_text(*matrix),
                                  "expected an object: key -> list of values"));
    return axes;
  }
  for (const auto& member : matrix->members()) {
    axes.push_back(AxisReader(member, problems).read());
  }
  return axes;
}

std::vector<Cell> read_cells(const Node& tree, const std::vector<Axis>& axes,
                             std::vector<Problem>& problems) {
  const auto exclusions = read_exclusions(tree, axes, problems);
  std::size_t total = 1;
  for (const auto& axis : axes) {
    total = std::min(total * axis.values.size(), kMostPoints + 1);
  }
  std::vector<Cell> cells;
  if (total > kMostPoints) return cells;
  for (std::size_t i = 0; i < total; ++i) {
    Cell cell;
    std::size_t rest = i;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      cell.choices.emplace_back(&*axis, &axis->values[rest % axis->values.size()]);
      rest /= axis->values.size();
    }
    std::reverse(cell.choices.begin(), cell.choices.end());
    const bool is_out = std::any_of(exclusions.begin(), exclusions.end(), [&](const Node* node) {
      return is_excluded(cell, tree, *node);
    });
    if (!is_out) cells.push_back(std::move(cell));
  }
  if (cells.empty() && total > 0) {
    problems.push_back(problem_at(tree.find("exclude")->at, "/exclude", "manifest.122",
                                  "every cell of the matrix is excluded"));
  }
  return cells;
}

}  // namespace triptych::manifest
