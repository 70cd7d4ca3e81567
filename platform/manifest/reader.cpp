#include "triptych/manifest/reader.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "syntax_fault.h"
#include "text_cursor.h"

namespace triptych::manifest {

namespace {

using Json = nlohmann::json;

// Builds the tree from nlohmann's events. The library reports no positions, so the cursor follows
// the text: what the parser has accepted is well formed, and a token is easy to find again.
class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(const std::string& text, std::shared_ptr<const std::string> name)
      : cursor_(text, std::move(name)), text_(text) {}

  bool null() override { return add(std::monostate{}); }
  bool boolean(bool flag) override { return add(flag); }
  bool number_integer(std::int64_t number) override { return add(number); }
  bool number_unsigned(std::uint64_t number) override {
    if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return add(static_cast<std::int64_t>(number));
    }
    return add(static_cast<double>(number));
  }
  bool number_float(double number, const std::string&) override { return add(number); }
  bool string(std::string& text) override { return add(std::move(text)); }
  bool binary(Json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Node::Object{}); }
  bool start_array(std::size_t) override { return open(Node::List{}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const auto at = cursor_.next_token();
    auto& members = std::get<Node::Object>(open_.back().value);
    for (const auto& member : members) {
      if (member.key == name) refuse_duplicate(member, at);
    }
    pointers_.push_back(child_pointer(pointer(), name));
    keys_.push_back({name, at});
    return true;
  }

  bool parse_error(std::size_t byte, const std::string&, const Json::exception& fault) override {
    const auto [token, at] = cursor_.peek();
    const Node* open = open_.empty() ? nullptr : &open_.back();
    throw Error(syntax_fault({text_, token, byte > 0 ? byte - 1 : 0, at, open}, fault));
  }

  Node take() { return std::move(root_); }

 private:
  struct Key {
    std::string name;
    Position at;
  };

  std::string pointer() const { return pointers_.empty() ? std::string() : pointers_.back(); }

  template <class T>
  bool add(T value) {
    auto at = cursor_.next_token();
    place(Node{{std::move(value)}, std::move(at)});
    return true;
  }

  template <class T>
  bool open(T empty) {
    const auto at = cursor_.next_token();
    if (open_.size() >= kMaxDepth) {
      throw Error(problem_at(
          at, "", "manifest.006",
          "objects and lists are nested more than " + std::to_string(kMaxDepth) + " levels deep",
          "", "Manifests need about 8 levels; is this the right file?"));
    }
    open_.push_back(Node{{std::move(empty)}, at});
    return true;
  }

  bool close() {
    cursor_.next_token();
    auto node = std::move(open_.back());
    open_.pop_back();
    place(std::move(node));
    return true;
  }

  void place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (auto* list = std::get_if<Node::List>(&open_.back().value)) {
      list->push_back(std::move(node));
    } else {
      auto key = std::move(keys_.back());
      keys_.pop_back();
      pointers_.pop_back();
      std::get<Node::Object>(open_.back().value)
          .push_back({std::move(key.name), std::move(key.at), std::move(node)});
    }
  }

  [[noreturn]] void refuse_duplicate(const Member& first, const Position& second) const {
    throw Error(problem_at(second, child_pointer(pointer(), first.key), "manifest.007",
                           "the key \"" + first.key + "\" stands twice in one object; first at " +
                               std::to_string(first.at.line) + ":" +
                               std::to_string(first.at.column),
                           "", "Remove one of the two."));
  }

  TextCursor cursor_;
  const std::string& text_;
  Node root_;
  std::vector<Node> open_;             // objects and lists that are not closed yet
  std::vector<Key> keys_;              // keys whose values have not come yet
  std::vector<std::string> pointers_;  // pointer of each of them
};

// What `status` names, when it is neither a regular file nor missing; else empty.
std::string_view other_kind(const std::filesystem::file_status& status) {
  namespace fs = std::filesystem;
  switch (status.type()) {
    case fs::file_type::directory:
      return "folder";
    case fs::file_type::fifo:
      return "pipe";
    case fs::file_type::socket:
      return "socket";
    case fs::file_type::character:
    case fs::file_type::block:
      return "device";
    default:
      return "";
  }
}

// Opening a pipe may wait for ever, a device may never end, and a manifest is read more than once.
void refuse_what_is_no_file(const std::string& path) {
  std::error_code failure;
  const auto kind = other_kind(std::filesystem::status(path, failure));
  if (kind.empty()) return;
  const bool is_folder = kind == "folder";
  throw Error(Problem{.code = "manifest.002",
                      .message = "this is a " + std::string(kind) + ", not a file",
                      .file = path,
                      .expected = is_folder ? "" : "expected a regular file",
                      .suggestion = is_folder ? "Name the manifest in it."
                                              : "Save the manifest to a file and name that."});
}

// The stated size may lie (a file that grows, or one of /proc): what is read is counted.
std::string bounded_content(std::istream& stream, const std::string& path) {
  std::string content;
  constexpr std::size_t kPieceBytes = 1u << 16;
  while (stream && content.size() <= kMaxFileBytes) {
    const auto before = content.size();
    content.resize(before + kPieceBytes);
    stream.read(content.data() + before, kPieceBytes);
    content.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) {
    throw Error(Problem{.code = "manifest.001",
                        .message = "the file cannot be read to its end",
                        .file = path,
                        .suggestion = "Check the disk."});
  }
  if (content.size() <= kMaxFileBytes) return content;
  throw Error(Problem{.code = "manifest.009",
                      .message = "the file is too large for a manifest",
                      .file = path,
                      .expected = "at most " + std::to_string(kMaxFileBytes) + " bytes are read"});
}

}  // namespace

Node parse_json(const std::string& text, const std::string& name) {
  const auto file = std::make_shared<const std::string>(name);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw Error(Problem{.code = "manifest.003",
                        .message = "the file is empty",
                        .file = name,
                        .expected = "expected a JSON object"});
  }
  refuse_bad_utf8(text, file);
  TreeBuilder builder(text, file);
  Json::sax_parse(text, &builder, Json::input_format_t::json, /*strict=*/true,
                  /*ignore_comments=*/true);
  return builder.take();
}

Node read_json_file(const std::string& path) {
  refuse_what_is_no_file(path);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw Error(Problem{.code = "manifest.001",
                        .message = std::string("the file cannot be read: ") + std::strerror(errno),
                        .file = path,
                        .suggestion = "Check the path."});
  }
  return parse_json(bounded_content(stream, path), path);
}

}  // namespace triptych::manifest
