#include <algorithm>
#include <nlohmann/json.hpp>

#include "triptych/host/check.h"

using Json = nlohmann::ordered_json;

namespace triptych::host {
namespace {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json row(const PluginInfo& plugin) {
  return {{"slot", plugin.slot},
          {"name", plugin.name},
          {"file", plugin.file},
          {"sha256", or_null(plugin.sha256)},
          {"source_hash", or_null(plugin.source_hash)},
          {"status", plugin.status},
          {"reason", or_null(plugin.reason)},
          {"compiler", or_null(plugin.compiler)}};
}

Json row(const Problem& problem) {
  return {{"file", or_null(problem.file)},
          {"line", problem.line > 0 ? Json(problem.line) : Json(nullptr)},
          {"column", problem.column > 0 ? Json(problem.column) : Json(nullptr)},
          {"pointer", or_null(problem.pointer)},
          {"code", problem.code},
          {"message", problem.message},
          {"expected", or_null(problem.expected)},
          {"suggestion", or_null(problem.suggestion)}};
}

// File names and printed words of a plugin may hold bytes that are not UTF-8.
std::string pretty(const Json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

}  // namespace

std::string list_text(const std::vector<PluginInfo>& plugins) {
  if (plugins.empty()) return "no plugins\n";
  std::size_t name_width = 0;
  for (const auto& plugin : plugins) {
    name_width = std::max(name_width, plugin.slot.size() + 1 + plugin.name.size());
  }
  std::string text;
  for (const auto& plugin : plugins) {
    text +=
        padded(plugin.slot.empty() ? plugin.name : plugin.slot + "." + plugin.name, name_width) +
        "  " + padded(plugin.status, 6) + "  " + plugin.file + "\n";
    if (!plugin.reason.empty()) text += "    " + plugin.reason + "\n";
  }
  return text;
}

std::string list_json(const std::vector<PluginInfo>& plugins) {
  auto rows = Json::array();
  for (const auto& plugin : plugins) rows.push_back(row(plugin));
  return pretty(rows);
}

std::string check_text(const std::vector<PluginCheck>& checks) {
  std::string text;
  std::size_t num_broken = 0;
  for (const auto& [info, problems] : checks) {
    text += (problems.empty() ? "ok      " : "broken  ") + info.file + "\n";
    for (const auto& problem : problems) text += "        " + problem.text() + "\n";
    num_broken += problems.empty() ? 0 : 1;
  }
  return text + std::to_string(checks.size() - num_broken) + " ok, " + std::to_string(num_broken) +
         " broken\n";
}

std::string check_json(const std::vector<PluginCheck>& checks) {
  auto rows = Json::array();
  bool is_ok = true;
  for (const auto& [info, problems] : checks) {
    auto errors = Json::array();
    for (const auto& problem : problems) errors.push_back(row(problem));
    is_ok = is_ok && problems.empty();
    auto object = row(info);
    object["errors"] = std::move(errors);
    rows.push_back(std::move(object));
  }
  return pretty({{"ok", is_ok}, {"plugins", rows}});
}

}  // namespace triptych::host
