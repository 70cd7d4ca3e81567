#include "json_text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "triptych/error.h"

namespace triptych::metrics {

namespace {

constexpr int kDeepest = 64;  // the formats nest 5 deep; a bomb of brackets costs memory
constexpr const char* kLargest = "1.7976931348623157e308";

[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string& file,
                       const std::string& message, const std::string& expected = "") {
  at = std::min(at, text.size());
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const auto start = text.rfind('\n', at == 0 ? 0 : at - 1);
  const auto column = start == std::string_view::npos || at == 0 ? at + 1 : at - start;
  throw Error(Problem{.code = "metrics.140",
                      .message = message,
                      .file = file,
                      .line = static_cast<int>(line) + 1,
                      .column = static_cast<int>(column),
                      .expected = expected,
                      .suggestion = "Write the file again with a JSON library."});
}

bool is_number_character(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.' ||
         c == 'e' || c == 'E';
}

// Copies `text` with the words and numbers that JSON has no form for replaced.
class Rewriter {
 public:
  Rewriter(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::string run() {
    out_.reserve(text_.size());
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '"') return copy_string();
    if (c == '[' || c == '{') {
      if (++depth_ > kDeepest) {
        fail(text_, at_, file_, "brackets nest deeper than " + std::to_string(kDeepest));
      }
    }
    if (c == ']' || c == '}') --depth_;
    if (take("NaN", "null")) return;
    if (take("-Infinity", std::string("-") + kLargest)) return;
    if (take("Infinity", kLargest)) return;
    if (c == '-' || std::isdigit(static_cast<unsigned char>(c))) return copy_number();
    out_ += c;
    ++at_;
  }

  bool take(std::string_view word, const std::string& instead) {
    if (text_[at_] != word[0] || !text_.substr(at_).starts_with(word)) return false;
    out_ += instead;
    at_ += word.size();
    return true;
  }

  void copy_string() {
    const auto start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    out_.append(text_.substr(start, at_ - start));
  }

  void copy_number() {
    const auto start = at_;
    while (at_ < text_.size() && is_number_character(text_[at_])) ++at_;
    const std::string number(text_.substr(start, at_ - start));
    const bool may_overflow =
        number.size() > 300 || number.find_first_of("eE") != std::string::npos;
    char* end = nullptr;
    if (may_overflow && std::isinf(std::strtod(number.c_str(), &end)) && *end == '\0') {
      out_ += std::string(number[0] == '-' ? "-" : "") + kLargest;
    } else {
      out_ += number;
    }
  }

  std::string_view text_;
  const std::string& file_;
  std::string out_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& file) {
  const auto clean = Rewriter(text, file).run();
  try {
    return nlohmann::json::parse(clean);
  } catch (const nlohmann::json::parse_error& error) {
    const auto at = error.byte == 0 ? 0 : error.byte - 1;
    const std::string found =
        at < clean.size() && std::isprint(static_cast<unsigned char>(clean[at]))
            ? "'" + clean.substr(at, 1) + "'"
        : at >= clean.size() ? "the end of the file"
                             : "an unexpected character";
    fail(clean, at, file, "not JSON: " + found + " where it cannot stand");
  } catch (const nlohmann::json::exception& error) {
    fail(clean, 0, file, std::string("not JSON: ") + error.what());
  }
}

std::string described(const nlohmann::json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return value.dump();
  if (value.is_string()) return "a string";
  if (value.is_object()) return "an object";
  return "an array of " + std::to_string(value.size());
}

}  // namespace triptych::metrics
