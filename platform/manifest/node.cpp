#include "triptych/manifest/node.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>
#include <tuple>

namespace triptych::manifest {

const Node::Object& Node::members() const {
  static const Object none;
  const auto* object = std::get_if<Object>(&value);
  return object ? *object : none;
}

const Node::List& Node::elements() const {
  static const List none;
  const auto* list = std::get_if<List>(&value);
  return list ? *list : none;
}

const Member* Node::member(std::string_view key) const {
  for (const auto& member : members()) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

Member* Node::member(std::string_view key) {
  return const_cast<Member*>(std::as_const(*this).member(key));
}

const Node* Node::find(std::string_view key) const {
  const auto* found = member(key);
  return found && !found->value.is_null() ? &found->value : nullptr;
}

Node& Node::set(const std::string& key, Node node) {
  if (auto* found = member(key)) {
    found->at = node.at;
    found->value = std::move(node);
    return found->value;
  }
  auto* object = std::get_if<Object>(&value);
  if (!object) throw std::logic_error("Node::set on " + kind_name(*this));
  const auto at = node.at;
  object->push_back({key, at, std::move(node)});
  return object->back().value;
}

void Node::erase(std::string_view key) {
  if (auto* object = std::get_if<Object>(&value)) {
    std::erase_if(*object, [&](const Member& member) { return member.key == key; });
  }
}

std::string kind_name(const Node& node) {
  static const char* const names[] = {"null", "flag", "integer", "number",
                                      "text", "list", "object"};
  return names[node.value.index()];
}

std::string child_pointer(const std::string& pointer, const std::string& key) {
  std::string out = pointer + "/";
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

namespace {

std::string unescaped(const std::string& part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool is_escape = part[i] == '~' && i + 1 < part.size();
    if (!is_escape)
      out += part[i];
    else
      out += part[++i] == '1' ? '/' : '~';
  }
  return out;
}

const Node* child(const Node& node, const std::string& part) {
  if (!node.is_list()) {
    const auto* found = node.member(part);
    return found ? &found->value : nullptr;
  }
  std::size_t index = 0;
  const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), index);
  return fault == std::errc() && index < node.elements().size() ? &node.elements()[index] : nullptr;
}

}  // namespace

Position locate(const Node& tree, const std::string& pointer) {
  const Node* node = &tree;
  std::size_t start = 1;
  while (start <= pointer.size()) {
    const auto end = std::min(pointer.find('/', start), pointer.size());
    const auto* next = child(*node, unescaped(pointer.substr(start, end - start)));
    if (!next) break;
    node = next;
    start = end + 1;
  }
  return node->at;
}

namespace {

// A task without a head of its own has that of the slots.
bool is_default_head(const Node& tree, const std::string& pointer) {
  constexpr std::string_view kTasks = "/tasks/";
  constexpr std::string_view kHead = "/head";
  if (!pointer.starts_with(kTasks) || !pointer.ends_with(kHead)) return false;
  const auto name = pointer.substr(kTasks.size(), pointer.size() - kTasks.size() - kHead.size());
  const auto* tasks = tree.find("tasks");
  const auto* task = tasks ? tasks->find(unescaped(name)) : nullptr;
  return task && !task->find("head");
}

}  // namespace

void place_problems(std::vector<Problem>& problems, const Node& tree) {
  for (auto& problem : problems) {
    if (problem.line > 0 || problem.pointer.empty()) continue;
    if (is_default_head(tree, problem.pointer)) problem.pointer = "/slots/head";
    const auto at = locate(tree, problem.pointer);
    problem.file = at.file_name();
    problem.line = at.line;
    problem.column = at.column;
  }
  std::set<std::tuple<std::string, std::string, std::string>> said;
  std::erase_if(problems, [&said](const Problem& problem) {
    return !said.emplace(problem.pointer, problem.code, problem.message).second;
  });
}

namespace {

// A key may hold line breaks and terminal codes; a message is one line of plain text.
std::string one_line(std::string text) {
  for (auto& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

}  // namespace

Problem problem_at(const Position& at, std::string pointer, std::string code, std::string message,
                   std::string expected, std::string suggestion) {
  return {.code = std::move(code),
          .message = one_line(std::move(message)),
          .file = at.file_name(),
          .line = at.line,
          .column = at.column,
          .pointer = one_line(std::move(pointer)),
          .expected = one_line(std::move(expected)),
          .suggestion = one_line(std::move(suggestion))};
}

namespace {

bool equal_objects(const Node& a, const Node& b) {
  if (a.members().size() != b.members().size()) return false;
  return std::all_of(a.members().begin(), a.members().end(), [&](const Member& member) {
    const auto* other = b.member(member.key);
    return other && equal(member.value, other->value);
  });
}

const double* as_number(const Node& node, double& buffer) {
  if (const auto* number = std::get_if<double>(&node.value)) return number;
  const auto* integer = std::get_if<std::int64_t>(&node.value);
  if (!integer) return nullptr;
  buffer = static_cast<double>(*integer);
  return &buffer;
}

}  // namespace

bool equal(const Node& a, const Node& b) {
  if (a.is_object() && b.is_object()) return equal_objects(a, b);
  if (a.is_list() && b.is_list()) {
    return std::equal(a.elements().begin(), a.elements().end(), b.elements().begin(),
                      b.elements().end(), equal);
  }
  if (a.value.index() == b.value.index()) {
    if (const auto* text = a.text()) return *text == *b.text();
    if (const auto* flag = std::get_if<bool>(&a.value)) return *flag == std::get<bool>(b.value);
    if (const auto* integer = std::get_if<std::int64_t>(&a.value)) {
      return *integer == std::get<std::int64_t>(b.value);
    }
    if (a.is_null()) return true;
  }
  double a_buffer = 0, b_buffer = 0;
  const auto* left = as_number(a, a_buffer);
  const auto* right = as_number(b, b_buffer);
  return left && right && *left == *right;
}

}  // namespace triptych::manifest
