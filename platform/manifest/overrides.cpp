#include "triptych/manifest/overrides.h"

#include <charconv>

#include "override_value.h"
#include "text_cursor.h"
#include "triptych/manifest/reader.h"

namespace triptych::manifest {

namespace {

std::string pointer_of(const std::vector<std::string>& path) {
  std::string pointer;
  for (const auto& part : path) pointer = child_pointer(pointer, part);
  return pointer;
}

std::vector<std::string> split_key(const std::string& key) {
  std::vector<std::string> parts(1);
  for (const char c : key) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool is_index(const std::string& part) {
  return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
}

// Keys with dots in them: axes of the matrix, what an exclusion or a baseline names.
bool has_dotted_keys(const std::vector<std::string>& path, std::size_t depth) {
  return (path[0] == "matrix" && (depth == 1 || depth == 3)) ||
         (path[0] == "exclude" && depth == 2) || (path[0] == "baselines" && depth == 3);
}

// Joins path[depth...] to the longest key that `object` has, else to one new key.
std::vector<std::string> join_dotted(const std::vector<std::string>& path, std::size_t depth,
                                     const Node& object) {
  std::size_t end = path.size();
  const auto key_until = [&](std::size_t stop) {
    return join(std::vector<std::string>(path.begin() + depth, path.begin() + stop), ".");
  };
  while (end > depth && !object.member(key_until(end))) --end;
  if (end == depth) end = path.size();
  std::vector<std::string> joined(path.begin(), path.begin() + depth);
  joined.push_back(key_until(end));
  joined.insert(joined.end(), path.begin() + end, path.end());
  return joined;
}

// Walks one override through a tree.
class Applier {
 public:
  Applier(const Override& override_, Node& tree) : override_(override_), tree_(tree) {}

  void run() {
    auto path = override_.path;
    Node* node = &tree_;
    for (std::size_t depth = 0;; ++depth) {
      if (has_dotted_keys(path, depth) && depth < path.size()) {
        path = join_dotted(path, depth, *node);
      }
      if (depth + 1 == path.size()) return finish(*node, path);
      node = descend(*node, path, depth);
    }
  }

 private:
  Node* descend(Node& node, const std::vector<std::string>& path, std::size_t depth) {
    if (auto* list = std::get_if<Node::List>(&node.value)) {
      return &list->at(index_in(*list, path, depth));
    }
    make_object(node, path, depth);
    if (auto* found = node.member(path[depth])) return &found->value;
    if (override_.verb == OverrideVerb::kRemove) fail_missing();
    if (is_index(path[depth + 1])) {
      return &node.set(path[depth], make_node(Node::List{}, override_.at));
    }
    return &node.set(path[depth], make_node(Node::Object{}, override_.at));
  }

  void finish(Node& node, const std::vector<std::string>& path) {
    const auto& key = path.back();
    if (auto* list = std::get_if<Node::List>(&node.value)) {
      if (may_append() && key == std::to_string(list->size())) {
        list->push_back(override_.value);
        return;
      }
      const auto index = index_in(*list, path, path.size() - 1);
      if (override_.verb == OverrideVerb::kAdd) fail_present(list->at(index).at);
      if (override_.verb == OverrideVerb::kRemove) {
        refuse_other_value(list->at(index));
        list->erase(list->begin() + static_cast<std::ptrdiff_t>(index));
        return;
      }
      list->at(index) = override_.value;
      return;
    }
    make_object(node, path, path.size() - 1);
    const auto* found = node.member(key);
    if (override_.verb == OverrideVerb::kRemove) {
      if (!found) fail_missing();
      refuse_other_value(found->value);
      node.erase(key);
      return;
    }
    if (found && override_.verb == OverrideVerb::kAdd) fail_present(found->at);
    node.set(key, override_.value).at = override_.value.at;
    node.member(key)->at = override_.at;
  }

  // A null may become an object; anything else that is none cannot be walked through.
  void make_object(Node& node, const std::vector<std::string>& path, std::size_t depth) {
    if (node.is_object()) return;
    if (node.is_null() && override_.verb != OverrideVerb::kRemove) {
      node = make_node(Node::Object{}, override_.at);
      return;
    }
    const std::vector<std::string> parents(path.begin(), path.begin() + depth);
    fail("manifest.034", "'" + join(parents, ".") + "' is " + brief_text(node) +
                             ", which has no key '" + path[depth] + "'");
  }

  bool may_append() const {
    return override_.verb == OverrideVerb::kAdd || override_.verb == OverrideVerb::kForce;
  }

  std::size_t index_in(Node::List& list, const std::vector<std::string>& path,
                       std::size_t depth) const {
    const auto& part = path[depth];
    const std::vector<std::string> parents(path.begin(), path.begin() + depth);
    const auto count = std::to_string(list.size());
    std::size_t index = 0;
    const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool is_number = fault == std::errc() && end == part.data() + part.size();
    if (is_number && index == list.size() && may_append()) {
      list.push_back(make_node(Node::Object{}, override_.at));
    }
    if (is_number && index < list.size()) return index;
    fail("manifest.034",
         "'" + join(parents, ".") + "' is a list of " + count +
             " elements, which has no element '" + part + "'",
         is_number && !may_append() && index == list.size()
             ? "Append with +" + override_.key + "=..."
             : "Elements count from 0.");
  }

  void refuse_other_value(const Node& found) const {
    if (!override_.has_value || equal(found, override_.value)) return;
    fail("manifest.033", "the value is " + brief_text(found) + ", not " +
                             brief_text(override_.value) + ", so it is not removed");
  }

  [[noreturn]] void fail_missing() const {
    fail("manifest.033", "the key is not written in the manifest, so it cannot be removed");
  }

  [[noreturn]] void fail_present(const Position& first) const {
    fail("manifest.032",
         "the key is there already" +
             (first.file ? " (" + first.file_name() + ":" + std::to_string(first.line) + ":" +
                               std::to_string(first.column) + ")"
                         : std::string()),
         "Change it with " + override_.key + "=... or ++" + override_.key + "=...");
  }

  [[noreturn]] void fail(const std::string& code, const std::string& message,
                         const std::string& suggestion = "") const {
    throw Error(
        problem_at(override_.at, pointer_of(override_.path), code, message, "", suggestion));
  }

  const Override& override_;
  Node& tree_;
};

}  // namespace

Override parse_override(const std::string& argument, int index) {
  const Position at{std::make_shared<const std::string>("command line"), index, 1};
  refuse_bad_utf8(argument, at.file);
  Override parsed;
  std::size_t start = 0;
  if (argument.starts_with("++")) {
    parsed.verb = OverrideVerb::kForce;
    start = 2;
  } else if (argument.starts_with("+")) {
    parsed.verb = OverrideVerb::kAdd;
    start = 1;
  } else if (argument.starts_with("~")) {
    parsed.verb = OverrideVerb::kRemove;
    start = 1;
  }
  const auto equals = argument.find('=', start);
  parsed.has_value = equals != std::string::npos;
  parsed.key = argument.substr(start, parsed.has_value ? equals - start : std::string::npos);
  parsed.path = split_key(parsed.key);
  parsed.at = inside_argument(argument, start, at);
  for (const auto& part : parsed.path) {
    if (!part.empty()) continue;
    throw Error(problem_at(parsed.at, "", "manifest.030", "\"" + argument + "\" names no key",
                           "expected key=value",
                           "Keys are joined by single dots: recipe.steps=100."));
  }
  if (parsed.path.size() > static_cast<std::size_t>(kMaxDepth)) {
    throw Error(problem_at(parsed.at, "", "manifest.030",
                           "the key has more than " + std::to_string(kMaxDepth) + " parts"));
  }
  const auto pointer = pointer_of(parsed.path);
  if (!parsed.has_value && parsed.verb != OverrideVerb::kRemove) {
    throw Error(problem_at(parsed.at, pointer, "manifest.030", "\"" + argument + "\" has no '='",
                           "expected key=value"));
  }
  if (parsed.has_value) parsed.value = parse_override_value(argument, equals + 1, at, pointer);
  return parsed;
}

std::vector<Override> parse_overrides(const std::vector<std::string>& arguments,
                                      std::vector<Problem>& problems) {
  std::vector<Override> overrides;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    try {
      overrides.push_back(parse_override(arguments[i], static_cast<int>(i) + 1));
    } catch (const Error& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  return overrides;
}

void apply(const Override& override_, Node& tree) { Applier(override_, tree).run(); }

}  // namespace triptych::manifest
