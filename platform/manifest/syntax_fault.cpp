#include "syntax_fault.h"

#include <string_view>

#include "text_cursor.h"

namespace triptych::manifest {

namespace {

// The offending token, short enough for a message.
std::string token_text(const FaultPlace& place) {
  const auto& text = place.text;
  const std::string_view kEnds = " \t\r\n,:[]{}";
  std::size_t end = place.token + 1;
  while (end < text.size() && kEnds.find(text[end]) == std::string_view::npos) ++end;
  constexpr std::size_t kLongest = 24;
  const bool is_cut = end - place.token > kLongest;
  std::size_t stop = is_cut ? place.token + kLongest : end;
  while (stop < text.size() && (static_cast<unsigned char>(text[stop]) & 0xC0) == 0x80) ++stop;
  std::string out;
  for (const char c : text.substr(place.token, stop - place.token)) {
    out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return is_cut ? out + "..." : out;
}

char significant_before(const FaultPlace& place) {
  const auto found = place.text.find_last_not_of(" \t\r\n", place.token ? place.token - 1 : 0);
  return place.token == 0 || found == std::string::npos ? '\0' : place.text[found];
}

Problem fault_at(const Position& at, std::string message, std::string suggestion = "") {
  return problem_at(at, "", "manifest.004", std::move(message), "", std::move(suggestion));
}

Problem early_end(const FaultPlace& place) {
  if (!place.open) return fault_at(place.at, "the file holds no JSON value");
  const std::string opening = place.open->is_list() ? "[" : "{";
  return fault_at(place.at,
                  "the file ends before the '" + opening + "' of " +
                      std::to_string(place.open->at.line) + ":" +
                      std::to_string(place.open->at.column) + " is closed",
                  std::string("Add the missing '") + (place.open->is_list() ? "]" : "}") + "'.");
}

Problem faulty_text(const FaultPlace& place, const std::string& complaint) {
  const auto has = [&](const char* words) { return complaint.find(words) != std::string::npos; };
  if (has("missing closing quote")) {
    return fault_at(place.at, "a text has no closing quote", "Add the missing '\"'.");
  }
  if (has("control character")) {
    return fault_at(place.at, "a text holds a line break or another control character",
                    "Close the quote, or write \\n for a line break.");
  }
  auto inside = position_of(place.text, place.byte, place.at.file);
  if (has("surrogate")) return fault_at(inside, "a \\u escape is half of a surrogate pair");
  return fault_at(
      inside, "a text holds an unknown escape",
      "Write \\\\ for a backslash; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.");
}

Problem faulty_word(const FaultPlace& place, const std::string& token) {
  std::string suggestion = "Texts need double quotes.";
  if (token == "True" || token == "TRUE" || token == "yes" || token == "on") {
    suggestion = "Did you mean true?";
  } else if (token == "False" || token == "FALSE" || token == "no" || token == "off") {
    suggestion = "Did you mean false?";
  } else if (token == "None" || token == "NULL" || token == "nil") {
    suggestion = "Did you mean null?";
  } else if (token[0] == '.' || token[0] == '+' || token[0] == '-') {
    suggestion = "Numbers start with a digit or with '-' and a digit.";
  }
  return fault_at(place.at, "'" + token + "' is not a JSON value", suggestion);
}

}  // namespace

Problem syntax_fault(const FaultPlace& place, const std::exception& fault) {
  const std::string complaint = fault.what();
  const auto has = [&](const char* words) { return complaint.find(words) != std::string::npos; };
  if (has("number overflow")) {
    return problem_at(place.at, "", "manifest.008",
                      "the number " + token_text(place) + " is beyond the range of a number",
                      "expected at most 1.8e308 in size");
  }
  if (has("invalid string")) return faulty_text(place, complaint);
  if (has("invalid comment")) {
    return fault_at(position_of(place.text, place.byte, place.at.file), "a comment is not complete",
                    "Comments are // to the end of the line, or /* ... */.");
  }
  if (place.token >= place.text.size()) return early_end(place);

  const char first = place.text[place.token];
  const std::string token = token_text(place);
  if (first == '\'') {
    return fault_at(place.at, "a text stands in single quotes", "Use double quotes.");
  }
  if (first == ',') return fault_at(place.at, "a comma stands where a value is expected");
  if (significant_before(place) == ',' && (first == '}' || first == ']')) {
    return fault_at(place.at, std::string("a comma stands before the closing '") + first + "'",
                    "Remove the comma.");
  }
  if (has("parsing object key")) {
    return fault_at(place.at, "'" + token + "' is not a key", "Keys are texts in double quotes.");
  }
  if (has("object separator")) return fault_at(place.at, "a colon is missing after the key");
  if (has("expected end of input")) {
    return fault_at(place.at, "something stands after the end of the JSON value: '" + token + "'");
  }
  const bool is_inside = has("parsing object -") || has("parsing array -");
  if (is_inside && (first == '}' || first == ']')) {
    return fault_at(place.at, std::string("a '") + first + "' closes what another bracket opened");
  }
  if (is_inside) return fault_at(place.at, "a comma is missing before '" + token + "'");
  return faulty_word(place, token);
}

}  // namespace triptych::manifest
