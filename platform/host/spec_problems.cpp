#include <algorithm>
#include <set>
#include <variant>

#include "triptych/host/check.h"

namespace triptych::host {
namespace {

bool is_word(const std::string& name) {
  const auto is_fit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
         std::ranges::all_of(name, is_fit);
}

bool is_inside(double value, const Range& range) {
  return value >= range.least && value <= range.greatest;
}
bool is_inside(const std::string& text, const Range& range) {
  return range.choices.empty() || std::ranges::count(range.choices, text) > 0;
}

// Null and flags have no range; each element of a list must lie inside.
bool is_default_inside(const ParamSpec& param) {
  return std::visit(
      [&param](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::int64_t>) {
          return is_inside(static_cast<double>(value), param.range);
        } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::string>) {
          return is_inside(value, param.range);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
          return std::ranges::all_of(value, [&](std::int64_t x) {
            return is_inside(static_cast<double>(x), param.range);
          });
        } else if constexpr (std::is_same_v<T, std::vector<double>> ||
                             std::is_same_v<T, std::vector<std::string>>) {
          return std::ranges::all_of(value,
                                     [&](const auto& x) { return is_inside(x, param.range); });
        } else {
          return true;
        }
      },
      param.value);
}

class Findings {
 public:
  explicit Findings(std::string where) : where_(std::move(where)) {}
  void add(const char* code, const std::string& message, const std::string& suggestion) {
    found_.push_back({.code = code, .message = where_ + ": " + message, .suggestion = suggestion});
  }
  std::vector<Problem> take() { return std::move(found_); }

 private:
  std::string where_;
  std::vector<Problem> found_;
};

void check_param(const std::string& slot, const ParamSpec& param, std::set<std::string>& seen,
                 Findings& findings) {
  const auto title = "parameter '" + param.name + "'";
  if (!is_word(param.name)) {
    findings.add("host.051", title + " is no snake_case word",
                 "Use lower-case letters, digits and _.");
  }
  if (param.name == "use" || (slot == "task" && param.name == "head")) {
    findings.add("host.052", title + " has a name that manifests keep for themselves",
                 "Choose another name.");
  }
  if (!seen.insert(param.name).second) {
    findings.add("host.053", title + " is declared twice", "Declare it once.");
  }
  if (param.meaning.empty()) {
    findings.add("host.054", title + " has no meaning",
                 "Say in one line what it does, with its unit.");
  }
  if (!is_default_inside(param)) {
    findings.add("host.055",
                 "the default " + to_text(param.value) + " of " + title +
                     " lies outside its range (" + param.range.text() + ")",
                 "Correct the default or the range.");
  }
}

}  // namespace

std::vector<Problem> spec_problems(const PluginInfo& plugin, const Spec& spec) {
  Findings findings("spec of " + plugin.slot + " '" + plugin.name + "' (" + plugin.file + ")");
  if (spec.summary().empty()) {
    findings.add("host.050", "it has no summary", "Say in one sentence what the module does.");
  }
  if (!is_word(spec.name())) {
    findings.add("host.051", "its name '" + spec.name() + "' is no snake_case word",
                 "Use lower-case letters, digits and _.");
  }
  std::set<std::string> seen;
  for (const auto& param : spec.params()) check_param(plugin.slot, param, seen, findings);
  if (spec.citation().empty()) {
    findings.add("host.056", "it names no source",
                 "Add .source(\"authors, year, section\"), or say that it is your own.");
  }
  return findings.take();
}

}  // namespace triptych::host
