#include <algorithm>
#include <array>
#include <string_view>

#include <triptych/error.h>

#include "triptych/train/optimizer.h"

namespace triptych::train {
namespace {

// Words that a pattern may begin with although the model of a point has nothing of that name.
constexpr std::array<std::string_view, 6> kSlots{"embedding", "encoder", "prompt",
                                                 "fusion",    "head",    "balancer"};

/// "prompt.*" -> "prompt"
std::string first_word(const std::string& pattern) {
  return pattern.substr(0, pattern.find_first_of(".*?"));
}

bool is_empty_slot(const std::string& pattern, const std::vector<NamedTensor>& parameters) {
  const std::string slot = first_word(pattern);
  if (std::find(kSlots.begin(), kSlots.end(), slot) == kSlots.end()) return false;
  return std::none_of(parameters.begin(), parameters.end(), [&](const NamedTensor& parameter) {
    return parameter.name.starts_with(slot + ".");
  });
}

/// The nearest parameter, or, for a pattern, the nearest part that a pattern could begin with.
std::string nearest(const std::string& pattern, const std::vector<NamedTensor>& parameters) {
  std::vector<std::string> names, parts;
  for (const NamedTensor& parameter : parameters) {
    names.push_back(parameter.name);
    const std::string part = parameter.name.substr(0, parameter.name.find('.'));
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  }
  std::string word = nearest_word(pattern, names);
  if (!word.empty()) return "Did you mean \"" + word + "\"?";
  word = nearest_word(first_word(pattern), parts);
  const std::string hint = "Names begin with: " + join(parts) + ".";
  return word.empty() || word == first_word(pattern)
             ? hint
             : hint + " Did you mean \"" + word + pattern.substr(first_word(pattern).size()) +
                   "\"?";
}

Problem no_match(std::size_t index, const std::string& pattern,
                 const std::vector<NamedTensor>& parameters) {
  return Problem{.code = "train.010",
                 .message = "\"" + pattern + "\" matches no parameter of this model",
                 .file = "",
                 .pointer = "/recipe/groups/" + std::to_string(index) + "/match",
                 .expected = "a pattern for names like " +
                             (parameters.empty() ? "encoder.weight" : parameters.front().name),
                 .suggestion = nearest(pattern, parameters)};
}

}  // namespace

bool matches(const std::string& pattern, const std::string& name) {
  std::size_t p = 0, n = 0, star = std::string::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {  // let the last star take one more character
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string::npos;
}

Grouping group_parameters(const std::vector<NamedTensor>& parameters,
                          const std::vector<manifest::Group>& groups, double weight_decay) {
  Grouping grouping;
  std::vector<bool> is_used(groups.size(), false);
  for (const NamedTensor& parameter : parameters) {
    Grouping::Rule rule;
    rule.weight_decay = parameter.name.starts_with("balancer.") ? 0 : weight_decay;
    bool is_grouped = false;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (!matches(groups[i].match, parameter.name)) continue;
      is_used[i] = true;
      if (is_grouped) continue;
      is_grouped = true;
      rule = {groups[i].lr_scale, groups[i].weight_decay.value_or(rule.weight_decay),
              groups[i].is_frozen};
    }
    grouping.rules.push_back(rule);
  }
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (is_used[i]) continue;
    if (is_empty_slot(groups[i].match, parameters)) {
      grouping.warnings.push_back("recipe.groups: \"" + groups[i].match +
                                  "\" has no effect, since this model has no such part");
    } else {
      problems.push_back(no_match(i, groups[i].match, parameters));
    }
  }
  if (!problems.empty()) throw Error(std::move(problems));
  return grouping;
}

std::vector<std::string> freeze(const std::vector<NamedTensor>& parameters,
                                const std::vector<manifest::Group>& groups) {
  Grouping grouping = group_parameters(parameters, groups, /*weight_decay=*/0);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (grouping.rules[i].is_frozen) at::Tensor(parameters[i].tensor).requires_grad_(false);
  }
  return std::move(grouping.warnings);
}

}  // namespace triptych::train
