// What an override means for a manifest with a matrix.
#include <algorithm>

#include "matrix.h"

namespace triptych::manifest {

namespace {

bool expands_study(const std::string& root) {
  return root == "matrix" || root == "exclude" || root == "baselines" || root == "seeds" ||
         root == "seed";
}

// An axis of plain values that the override replaces: by its value, or by the part of its value
// that lies at the axis. Returns false where nothing stands there: the axis goes.
bool replace_axis(const Override& override_, const std::string& axis_key, Node& values) {
  if (override_.verb == OverrideVerb::kRemove) return false;
  const Node* value = &override_.value;
  if (axis_key != override_.key) {
    value = find_key(override_.value, axis_key.substr(override_.key.size() + 1));
  }
  if (!value) return false;
  values = make_node(Node::List{*value}, override_.at);
  return true;
}

// Takes the key out of the objects of an axis with labels. An axis that then varies nothing shrinks
// to one value. Returns true when it held the key.
bool release_labelled(const Override& override_, Node& values) {
  bool did_hold = false;
  bool varies = false;
  for (auto& value : std::get<Node::List>(values.value)) {
    if (!value.is_object()) continue;
    auto& members = std::get<Node::Object>(value.value);
    did_hold |= std::erase_if(members, [&](const Member& member) {
                  return is_under(member.key, override_.key);
                }) > 0;
    varies |= members.size() > 1;
  }
  if (did_hold && !varies) {
    auto only = make_node(Node::Object{}, override_.at);
    only.set("label", make_node(value_label(override_.value), override_.at));
    values = make_node(Node::List{std::move(only)}, override_.at);
  }
  return did_hold;
}

// Returns true when some axis varied the key.
bool release_axes(const Override& override_, Node& tree) {
  auto* matrix = tree.member("matrix");
  if (!matrix || !matrix->value.is_object()) return false;
  bool is_varied = false;
  std::vector<std::string> gone;
  for (auto& axis : std::get<Node::Object>(matrix->value.value)) {
    const auto& values = axis.value.elements();
    if (std::any_of(values.begin(), values.end(), is_labelled)) {
      is_varied |= release_labelled(override_, axis.value);
    } else if (is_under(axis.key, override_.key)) {
      is_varied = true;
      if (!replace_axis(override_, axis.key, axis.value)) gone.push_back(axis.key);
    }
  }
  for (const auto& key : gone) matrix->value.erase(key);
  return is_varied;
}

// True when the key lies inside a value that an axis sets: it may be there in some cells only.
bool is_inside_axis(const Override& override_, const Node& tree) {
  const auto* matrix = tree.find("matrix");
  if (!matrix) return false;
  const auto holds = [&](const std::string& key) {
    return key != override_.key && is_under(override_.key, key);
  };
  for (const auto& axis : matrix->members()) {
    if (holds(axis.key)) return true;
    for (const auto& value : axis.value.elements()) {
      if (!is_labelled(value)) continue;
      for (const auto& member : value.members()) {
        if (holds(member.key)) return true;
      }
    }
  }
  return false;
}

void apply_one(const Override& override_, Node& tree) {
  const auto& root = override_.path.front();
  if (root == "include") {
    throw Error(
        problem_at(override_.at, "/include", "manifest.036", "'include' works in files only"));
  }
  const bool is_varied = !expands_study(root) && release_axes(override_, tree);
  const bool is_written = find_key(tree, override_.key) != nullptr;
  if (is_varied && override_.verb == OverrideVerb::kRemove && !is_written) return;
  try {
    apply(override_, tree);
  } catch (const Error&) {
    if (expands_study(root) || !is_inside_axis(override_, tree)) throw;
    return;  // the plan applies it to each cell, and says so where it cannot
  }
  if (override_.verb == OverrideVerb::kRemove) return;
  if (root == "seed") tree.erase("seeds");
  if (root == "seeds") tree.erase("seed");
}

}  // namespace

void apply_overrides(const std::vector<Override>& overrides, Node& tree,
                     std::vector<Problem>& problems) {
  if (!tree.is_object()) return;
  for (const auto& override_ : overrides) {
    try {
      apply_one(override_, tree);
    } catch (const Error& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
}

}  // namespace triptych::manifest
