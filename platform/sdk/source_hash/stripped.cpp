#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "source_hash.h"

namespace triptych::source_hash {
namespace {

// Bytes of identifiers and numbers; all of UTF-8's bytes beyond ASCII may stand in an identifier.
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

// Would two tokens that end with `a` and begin with `b` read as other tokens without a space?
bool needs_space(char a, char b) {
  static constexpr std::array<std::string_view, 30> kPairs = {
      "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=",
      "&=", "|=", "^=", "->", "::", ".*", "..", "##", "<:", ":>", "<%", "%>", "//", "/*", "=>"};
  if ((is_word(a) || is_quote(a)) && (is_word(b) || is_quote(b))) return true;
  if ((is_digit(a) && b == '.') || (a == '.' && is_digit(b))) return true;
  const std::array<char, 2> both = {a, b};
  return std::ranges::count(kPairs, std::string_view(both.data(), 2)) > 0;
}

// Reads C++ text from front to back and keeps its tokens. A preprocessor directive keeps its own
// line and its spaces, because they mean something there (#define F (x)).
class Stripper {
 public:
  explicit Stripper(const std::string& text) : text_(text) {}

  std::string run() {
    while (i_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[i_];
    if (const auto length = splice(i_); length > 0) {
      has_gap_ = true;
      i_ += length;
    } else if (c == '\n') {
      end_line();
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      has_gap_ = true;
      ++i_;
    } else if (text_.compare(i_, 2, "//") == 0) {
      skip_line_comment();
    } else if (text_.compare(i_, 2, "/*") == 0) {
      const auto end = text_.find("*/", i_ + 2);
      i_ = end == std::string::npos ? text_.size() : end + 2;
      has_gap_ = true;
    } else if (c == '#' && is_line_start_ && !is_directive_) {
      begin_directive();
    } else if (is_quote(c) && !is_digit_separator()) {
      put(end_of_literal());
    } else {
      put(i_ + 1);
    }
  }

  // Length of a backslash with its line break at `i`, or 0.
  std::size_t splice(std::size_t i) const {
    if (text_.compare(i, 2, "\\\n") == 0) return 2;
    return text_.compare(i, 3, "\\\r\n") == 0 ? 3 : 0;
  }

  void end_line() {
    if (is_directive_) out_ += '\n';
    has_gap_ = !is_directive_;
    is_directive_ = false;
    is_line_start_ = true;
    ++i_;
  }

  void skip_line_comment() {
    while (i_ < text_.size() && text_[i_] != '\n') i_ += std::max<std::size_t>(splice(i_), 1);
    has_gap_ = true;
  }

  void begin_directive() {
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
    has_gap_ = false;
    put(i_ + 1);
    is_directive_ = true;
    for (; i_ < text_.size() && (text_[i_] == ' ' || text_[i_] == '\t'); ++i_) {
    }
  }

  // Appends the text up to `end`, after a space if one is needed.
  void put(std::size_t end) {
    const char first = text_[i_];
    if (has_gap_ && !out_.empty() && (is_directive_ || needs_space(out_.back(), first)))
      out_ += ' ';
    has_gap_ = false;
    is_line_start_ = false;
    out_.append(text_, i_, end - i_);
    i_ = end;
  }

  // First byte of the word (or number with separators) that ends before `i_`.
  std::size_t word_begin() const {
    auto begin = i_;
    while (begin > 0 && (is_word(text_[begin - 1]) || text_[begin - 1] == '\'')) --begin;
    return begin;
  }

  bool is_digit_separator() const {
    const auto begin = word_begin();
    return text_[i_] == '\'' && begin < i_ && is_digit(text_[begin]);
  }

  bool is_raw() const {
    static constexpr std::array<std::string_view, 5> kPrefixes = {"R", "LR", "uR", "UR", "u8R"};
    const auto begin = word_begin();
    const std::string_view prefix(text_.data() + begin, i_ - begin);
    return text_[i_] == '"' && std::ranges::count(kPrefixes, prefix) > 0;
  }

  // Position after the string or character literal that begins at `i_`.
  std::size_t end_of_literal() const {
    if (is_raw()) {
      const auto open = text_.find('(', i_);
      if (open == std::string::npos) return text_.size();
      const std::string close = ")" + text_.substr(i_ + 1, open - i_ - 1) + "\"";
      const auto end = text_.find(close, open);
      return end == std::string::npos ? text_.size() : end + close.size();
    }
    auto i = i_ + 1;
    for (; i < text_.size() && text_[i] != text_[i_] && text_[i] != '\n'; ++i) {
      if (text_[i] == '\\') ++i;
    }
    return std::min(i + 1, text_.size());
  }

  const std::string& text_;
  std::size_t i_ = 0;
  std::string out_;
  bool has_gap_ = false;       // white space or a comment since the last token
  bool is_line_start_ = true;  // no token yet on this line
  bool is_directive_ = false;
};

}  // namespace

std::string stripped(const std::string& text) { return Stripper(text).run(); }

}  // namespace triptych::source_hash
