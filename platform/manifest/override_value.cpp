#include "override_value.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "triptych/manifest/reader.h"

namespace triptych::manifest {

namespace {

std::string lower(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

template <class T>
bool reads_whole(const std::string& word, T& number) {
  const char* begin = word.data() + (word.starts_with('+') && word.size() > 1 ? 1 : 0);
  const auto [end, fault] = std::from_chars(begin, word.data() + word.size(), number);
  return fault == std::errc() && end == word.data() + word.size();
}

// An unquoted word: null, a flag, a number, or itself.
Node word_node(const std::string& word, Position at) {
  const auto small = lower(word);
  if (small == "null") return make_node(std::monostate{}, std::move(at));
  if (small == "true") return make_node(true, std::move(at));
  if (small == "false") return make_node(false, std::move(at));
  std::int64_t integer = 0;
  if (reads_whole(word, integer)) return make_node(integer, std::move(at));
  double number = 0;
  if (reads_whole(word, number) && std::isfinite(number)) return make_node(number, std::move(at));
  return make_node(word, std::move(at));
}

class ValueParser {
 public:
  ValueParser(const std::string& argument, std::size_t start, const Position& at,
              const std::string& pointer)
      : text_(argument), byte_(start), at_(at), pointer_(pointer) {}

  Node parse() {
    skip_blanks();
    auto node = value("");
    skip_blanks();
    if (byte_ < text_.size()) {
      if (text_[byte_] == ',') fail_sweep();
      fail(std::string("'") + text_[byte_] + "' stands after the end of the value");
    }
    return node;
  }

 private:
  // `ends`: what closes an unquoted word here, besides the end of the argument.
  Node value(const std::string& ends) {
    if (++depth_ > kMaxDepth) fail("lists and objects are nested too deep");
    const auto at = here();
    Node node;
    if (byte_ < text_.size() && text_[byte_] == '[') {
      node = list(at);
    } else if (byte_ < text_.size() && text_[byte_] == '{') {
      node = object(at);
    } else if (byte_ < text_.size() && (text_[byte_] == '\'' || text_[byte_] == '"')) {
      node = make_node(quoted(), at);
    } else {
      const auto word = unquoted(ends);
      if (word.empty() && !ends.empty()) fail("a value is missing");
      node = word_node(word, at);
    }
    --depth_;
    return node;
  }

  Node list(const Position& at) {
    Node::List elements;
    ++byte_;
    skip_blanks();
    while (!closes(']')) {
      elements.push_back(value(",]"));
      next_or_end(']');
    }
    ++byte_;
    return make_node(std::move(elements), at);
  }

  Node object(const Position& at) {
    Node node = make_node(Node::Object{}, at);
    ++byte_;
    skip_blanks();
    while (!closes('}')) {
      const auto key_at = here();
      const bool is_quoted = text_[byte_] == '\'' || text_[byte_] == '"';
      const auto key = is_quoted ? quoted() : unquoted(":,}");
      if (key.empty()) fail("a key is missing");
      if (node.member(key)) fail("the key \"" + key + "\" stands twice");
      skip_blanks();
      if (byte_ >= text_.size() || text_[byte_] != ':') {
        fail("a colon is missing after the key \"" + key + "\"");
      }
      ++byte_;
      skip_blanks();
      auto member = value(",}");
      std::get<Node::Object>(node.value).push_back({key, key_at, std::move(member)});
      next_or_end('}');
    }
    ++byte_;
    return node;
  }

  // True at the closing bracket; a missing one is a fault.
  bool closes(char bracket) {
    if (byte_ >= text_.size()) fail(std::string("the closing '") + bracket + "' is missing");
    return text_[byte_] == bracket;
  }

  void next_or_end(char bracket) {
    skip_blanks();
    if (closes(bracket)) return;
    if (text_[byte_] != ',') fail("a comma is missing");
    ++byte_;
    skip_blanks();
    if (closes(bracket)) fail(std::string("a comma stands before the closing '") + bracket + "'");
  }

  std::string quoted() {
    const auto start = byte_;
    const char quote = text_[byte_++];
    std::string out;
    while (byte_ < text_.size() && text_[byte_] != quote) {
      const bool is_escape = text_[byte_] == '\\' && byte_ + 1 < text_.size() &&
                             (text_[byte_ + 1] == quote || text_[byte_ + 1] == '\\');
      if (is_escape) ++byte_;
      out += text_[byte_++];
    }
    if (byte_ >= text_.size()) {
      byte_ = start;
      fail("a text has no closing quote");
    }
    ++byte_;
    return out;
  }

  std::string unquoted(const std::string& ends) {
    const auto start = byte_;
    while (byte_ < text_.size() && ends.find(text_[byte_]) == std::string::npos) {
      if (ends.empty() && text_[byte_] == ',') fail_sweep();
      if (!ends.empty() && std::string_view("[]{}").find(text_[byte_]) != std::string_view::npos) {
        fail(std::string("'") + text_[byte_] + "' stands inside a word");
      }
      ++byte_;
    }
    const auto last = text_.find_last_not_of(" \t", byte_ - 1);
    return byte_ == start || last < start ? "" : text_.substr(start, last - start + 1);
  }

  void skip_blanks() {
    while (byte_ < text_.size() && (text_[byte_] == ' ' || text_[byte_] == '\t')) ++byte_;
  }

  Position here() const { return inside_argument(text_, byte_, at_); }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(problem_at(here(), pointer_, "manifest.031", what, "",
                           "Texts with special characters need quotes: 'a, b'."));
  }

  [[noreturn]] void fail_sweep() const {
    throw Error(problem_at(here(), pointer_, "manifest.035", "a comma stands outside brackets", "",
                           "A list is [1, 2]; a text with commas needs quotes; several values of "
                           "one key belong into \"matrix\"."));
  }

  const std::string& text_;
  std::size_t byte_;
  const Position& at_;
  const std::string& pointer_;
  int depth_ = 0;
};

}  // namespace

Position inside_argument(const std::string& argument, std::size_t byte, Position at) {
  at.column = 1;
  for (std::size_t i = 0; i < byte && i < argument.size(); ++i) {
    if ((static_cast<unsigned char>(argument[i]) & 0xC0) != 0x80) ++at.column;
  }
  return at;
}

Node parse_override_value(const std::string& argument, std::size_t start,
                          const Position& argument_at, const std::string& pointer) {
  return ValueParser(argument, start, argument_at, pointer).parse();
}

}  // namespace triptych::manifest
