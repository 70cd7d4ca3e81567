#include "text_cursor.h"

#include <cstdio>
#include <string_view>

namespace triptych::manifest {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool continues_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool ends_word(char c) {
  return std::string_view(" \t\r\n,:[]{}\"/").find(c) != std::string_view::npos;
}

// Bytes of the UTF-8 sequence that starts at `byte` (RFC 3629, table 3-7 of Unicode), or 0.
std::size_t sequence_length(std::string_view text, std::size_t byte) {
  const auto at = [&](std::size_t i) -> unsigned {
    return byte + i < text.size() ? static_cast<unsigned char>(text[byte + i]) : 0u;
  };
  const auto between = [](unsigned value, unsigned least, unsigned greatest) {
    return value >= least && value <= greatest;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (between(first, 0xC2, 0xDF)) return between(at(1), 0x80, 0xBF) ? 2 : 0;
  const bool has_third = between(at(2), 0x80, 0xBF);
  if (between(first, 0xE0, 0xEF)) {
    const unsigned least = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned greatest = first == 0xED ? 0x9F : 0xBF;  // no surrogates
    return between(at(1), least, greatest) && has_third ? 3 : 0;
  }
  if (between(first, 0xF0, 0xF4)) {
    const unsigned least = first == 0xF0 ? 0x90 : 0x80;
    const unsigned greatest = first == 0xF4 ? 0x8F : 0xBF;
    return between(at(1), least, greatest) && has_third && between(at(3), 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

TextCursor::TextCursor(const std::string& text, std::shared_ptr<const std::string> name)
    : text_(text), name_(std::move(name)) {
  if (std::string_view(text_).starts_with(kByteOrderMark)) byte_ = kByteOrderMark.size();
}

void TextCursor::advance() {
  if (text_[byte_] == '\n') {
    ++line_;
    column_ = 1;
  } else if (!continues_letter(text_[byte_])) {
    ++column_;
  }
  ++byte_;
}

// Skips blanks, comments and at most so many commas and colons.
void TextCursor::skip_to_token(int separators) {
  while (byte_ < text_.size()) {
    const char c = text_[byte_];
    if (c == '/') {
      const bool is_block = byte_ + 1 < text_.size() && text_[byte_ + 1] == '*';
      const auto end = is_block ? text_.find("*/", byte_ + 2) : text_.find('\n', byte_);
      const auto stop = end == std::string::npos ? text_.size() : end + (is_block ? 2 : 0);
      while (byte_ < stop) advance();
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      advance();
    } else if ((c == ',' || c == ':') && separators > 0) {
      --separators;
      advance();
    } else {
      return;
    }
  }
}

void TextCursor::skip_token() {
  if (byte_ >= text_.size()) return;
  const char first = text_[byte_];
  advance();
  if (first == '"') {
    while (byte_ < text_.size() && text_[byte_] != '"') {
      if (text_[byte_] == '\\') advance();
      if (byte_ < text_.size()) advance();
    }
    if (byte_ < text_.size()) advance();
  } else if (!ends_word(first)) {
    while (byte_ < text_.size() && !ends_word(text_[byte_])) advance();
  }
}

Position TextCursor::next_token() {
  skip_to_token(/*separators=*/1);
  Position at{name_, line_, column_};
  skip_token();
  return at;
}

std::pair<std::size_t, Position> TextCursor::peek() const {
  auto copy = *this;
  copy.skip_to_token(/*separators=*/1);
  return {copy.byte_, Position{name_, copy.line_, copy.column_}};
}

Position position_of(const std::string& text, std::size_t byte,
                     std::shared_ptr<const std::string> name) {
  Position at{std::move(name), 1, 1};
  const std::size_t start = std::string_view(text).starts_with(kByteOrderMark) ? 3 : 0;
  for (std::size_t i = start; i < byte && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else if (!continues_letter(text[i])) {
      ++at.column;
    }
  }
  return at;
}

void refuse_bad_utf8(const std::string& text, const std::shared_ptr<const std::string>& name) {
  std::size_t byte = 0;
  while (byte < text.size()) {
    if (text[byte] == '\0') {
      throw Error(problem_at(position_of(text, byte, name), "", "manifest.005",
                             "a zero byte stands in the text", "", "Save the file as UTF-8."));
    }
    const auto length = sequence_length(text, byte);
    if (length == 0) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "0x%02X", static_cast<unsigned char>(text[byte]));
      throw Error(problem_at(position_of(text, byte, name), "", "manifest.005",
                             std::string("the byte ") + hex + " is not UTF-8", "",
                             "Save the file as UTF-8."));
    }
    byte += length;
  }
}

}  // namespace triptych::manifest
