#include "redact.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace triptych::report {
namespace {

constexpr std::size_t kShortestName = 4;  // shorter names occur inside ordinary text

bool is_word(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
         character == '-';
}

// Replaces `word` where it stands alone.
void replace_word(std::string& text, const std::string& word, std::string_view replacement) {
  for (std::size_t at = text.find(word); at != std::string::npos;) {
    const std::size_t end = at + word.size();
    const bool stands_alone =
        (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (stands_alone) text.replace(at, word.size(), replacement);
    at = text.find(word, stands_alone ? at + replacement.size() : end);
  }
}

bool is_pointer(std::string_view path) {
  for (const std::string_view start : {"/slots", "/recipe", "/tasks", "/matrix", "/seeds"}) {
    if (path.starts_with(start)) return true;
  }
  return false;
}

// Absolute paths keep their last part only.
std::string without_folders(const std::string& text) {
  constexpr std::string_view kBefore = " \t\n\"'`=:,;([{<>|";
  constexpr std::string_view kAfter = " \t\n\"'`,;:)]}<>|";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts_path =
        text[i] == '/' && (i == 0 || kBefore.find(text[i - 1]) != std::string_view::npos);
    if (!starts_path) {
      out += text[i++];
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(kAfter, i), text.size());
    const std::string path = text.substr(i, end - i);
    const auto last = path.find_last_of('/', path.size() - (path.size() > 1 ? 2 : 1));
    out += path.size() < 2 || is_pointer(path) ? path : "..." + path.substr(last);
    i = end;
  }
  return out;
}

}  // namespace

Redaction::Redaction() {
  const passwd* entry = getpwuid(getuid());
  const std::string name = entry != nullptr ? entry->pw_name : "";
  if (name.size() >= kShortestName && name != "root") user_ = name;
}

void Redaction::add_host(const std::string& name) {
  if (name.size() >= kShortestName && name != "localhost") hosts_.insert(name);
}

std::string Redaction::text(const std::string& text) const {
  std::string out = without_folders(text);
  for (const auto& host : hosts_) replace_word(out, host, "(host)");
  if (!user_.empty()) replace_word(out, user_, "(user)");
  return out;
}

std::string Redaction::json(const std::string& json) const {
  using nlohmann::ordered_json;
  auto document = ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return text(json);
  const auto flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (!value.is_string()) continue;
    document[ordered_json::json_pointer(pointer)] = text(value.get<std::string>());
  }
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

bool Redaction::may_show(const std::string& key) {
  for (const auto* part : {"host", "user", "home", "path", "dir"}) {
    if (key.find(part) != std::string::npos) return false;
  }
  return true;
}

}  // namespace triptych::report
