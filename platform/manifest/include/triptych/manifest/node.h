#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "triptych/error.h"

namespace triptych::manifest {

/// Where a piece of JSON stands. `file` is the path as the user gave it, or "command line"; then
/// `line` counts the arguments and `column` is the place inside the argument.
struct Position {
  std::shared_ptr<const std::string> file;  ///< null = made by the platform (a default)
  int line = 0;                             ///< 1-based, 0 = unknown
  int column = 0;                           ///< 1-based, in characters, not bytes
  [[nodiscard]] std::string file_name() const { return file ? *file : std::string(); }
};

struct Member;

/// One JSON value that remembers where it was written. A plain value type.
struct Node {
  using List = std::vector<Node>;
  using Object = std::vector<Member>;  ///< in the order of the file
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> value;
  Position at;

  [[nodiscard]] bool is_null() const { return value.index() == 0; }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value); }
  [[nodiscard]] bool is_list() const { return std::holds_alternative<List>(value); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value); }
  [[nodiscard]] const Object& members() const;  ///< empty for anything but an object
  [[nodiscard]] const List& elements() const;   ///< empty for anything but a list
  [[nodiscard]] const Member* member(std::string_view key) const;
  [[nodiscard]] Member* member(std::string_view key);
  /// The value under `key`, or null; a JSON null counts as absent.
  [[nodiscard]] const Node* find(std::string_view key) const;
  /// Adds or replaces a member (an object only); the key keeps its place.
  Node& set(const std::string& key, Node node);
  void erase(std::string_view key);
};

struct Member {
  std::string key;
  Position at;  ///< of the key
  Node value;
};

/// A copy without positions; `value` is anything that Node::value holds.
template <class T>
[[nodiscard]] Node make_node(T value, Position at = {}) {
  return Node{{std::move(value)}, std::move(at)};
}

/// "null", "flag", "integer", "number", "text", "list", "object".
[[nodiscard]] std::string kind_name(const Node& node);

/// The node as JSON on one line, in the order of the file: for messages. At most `limit` bytes.
[[nodiscard]] std::string brief_text(const Node& node, std::size_t limit = 60);

/// How canonical_text treats the order of keys.
enum class KeyOrder {
  kManifest,  ///< by their bytes, but the members of the top-level object "tasks" as written
  kSorted,    ///< by their bytes
  kAsWritten,
};

/// JSON on one line without spaces. Integers stay integers, other numbers are the shortest text
/// that reads back to the same double and always carry `.` or `e`.
[[nodiscard]] std::string canonical_text(const Node& node, KeyOrder order = KeyOrder::kManifest);

/// The same, over several lines, two spaces per level: for files and for people.
[[nodiscard]] std::string pretty_text(const Node& node);

/// True when both hold the same value; positions and the order of keys do not count, and 1 == 1.0.
[[nodiscard]] bool equal(const Node& a, const Node& b);

/// "/slots/fusion/0" + "use" with RFC 6901 escapes.
[[nodiscard]] std::string child_pointer(const std::string& pointer, const std::string& key);

/// Where the value at a JSON pointer was written; where there is no such value, its nearest
/// ancestor.
[[nodiscard]] Position locate(const Node& tree, const std::string& pointer);

/// Gives problems that have a pointer but no line their place in `tree` (what later gates find).
/// What is said of the head of a task that has none of its own is said of `/slots/head`; what is
/// then said twice is said once.
void place_problems(std::vector<Problem>& problems, const Node& tree);

/// A problem at a position.
[[nodiscard]] Problem problem_at(const Position& at, std::string pointer, std::string code,
                                 std::string message, std::string expected = "",
                                 std::string suggestion = "");

}  // namespace triptych::manifest
