#include "triptych/spec.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "triptych/error.h"

namespace triptych {

namespace {

std::string bound_text(double bound) {
  const auto rounded = static_cast<std::int64_t>(bound);
  if (static_cast<double>(rounded) == bound) return std::to_string(rounded);
  return to_text(bound);
}

ParamType type_of(const ParamValue& value) {
  switch (value.index()) {
    case 1:
      return ParamType::kFlag;
    case 2:
      return ParamType::kInteger;
    case 3:
      return ParamType::kNumber;
    case 4:
      return ParamType::kText;
    case 5:
      return ParamType::kIntegers;
    case 6:
      return ParamType::kNumbers;
    case 7:
      return ParamType::kTexts;
    default:
      throw std::logic_error("a parameter without a default needs .required or .optional");
  }
}

}  // namespace

std::string Range::text() const {
  if (!choices.empty()) return "one of: " + join(choices);
  const bool has_least = std::isfinite(least);
  const bool has_greatest = std::isfinite(greatest);
  if (has_least && has_greatest) return bound_text(least) + " to " + bound_text(greatest);
  if (has_least) return "at least " + bound_text(least);
  if (has_greatest) return "at most " + bound_text(greatest);
  return "";
}

Range at_least(double least) { return {.least = least, .choices = {}}; }
Range between(double least, double greatest) {
  return {.least = least, .greatest = greatest, .choices = {}};
}
Range one_of(std::vector<std::string> choices) { return {.choices = std::move(choices)}; }

Spec::Spec(std::string name, std::string summary)
    : name_(std::move(name)), summary_(std::move(summary)) {}

Spec& Spec::param(std::string name, ParamValue value, std::string meaning, Range range) {
  const auto type = type_of(value);
  params_.push_back(
      {std::move(name), type, std::move(value), false, std::move(meaning), std::move(range)});
  return *this;
}

Spec& Spec::param(std::string name, bool value, std::string meaning, Range range) {
  return param(std::move(name), ParamValue(value), std::move(meaning), std::move(range));
}

Spec& Spec::param(std::string name, int value, std::string meaning, Range range) {
  return param(std::move(name), std::int64_t{value}, std::move(meaning), std::move(range));
}

Spec& Spec::param(std::string name, std::int64_t value, std::string meaning, Range range) {
  return param(std::move(name), ParamValue(value), std::move(meaning), std::move(range));
}

Spec& Spec::param(std::string name, double value, std::string meaning, Range range) {
  return param(std::move(name), ParamValue(value), std::move(meaning), std::move(range));
}

Spec& Spec::param(std::string name, const char* value, std::string meaning, Range range) {
  return param(std::move(name), ParamValue(std::string(value)), std::move(meaning),
               std::move(range));
}

Spec& Spec::required(std::string name, ParamType type, std::string meaning, Range range) {
  params_.push_back({std::move(name), type, {}, true, std::move(meaning), std::move(range)});
  return *this;
}

Spec& Spec::optional(std::string name, ParamType type, std::string meaning, Range range) {
  params_.push_back({std::move(name), type, {}, false, std::move(meaning), std::move(range)});
  return *this;
}

Spec& Spec::input(std::string name, std::string axes) {
  inputs_.push_back({std::move(name), std::move(axes)});
  return *this;
}

Spec& Spec::output(std::string name, std::string axes) {
  outputs_.push_back({std::move(name), std::move(axes)});
  return *this;
}

Spec& Spec::source(std::string citation) {
  citation_ = std::move(citation);
  return *this;
}

Spec& Spec::fixed_size() {
  is_fixed_size_ = true;
  return *this;
}

Spec& Spec::makes_task_features() {
  makes_task_features_ = true;
  return *this;
}

Spec& Spec::wants_levels() {
  wants_levels_ = true;
  return *this;
}

Spec& Spec::not_deterministic(std::string reason) {
  nondeterminism_ = std::move(reason);
  return *this;
}

const ParamSpec* Spec::find(const std::string& name) const {
  for (const auto& param : params_) {
    if (param.name == name) return &param;
  }
  return nullptr;
}

std::vector<std::string> Spec::param_names() const {
  std::vector<std::string> names;
  for (const auto& param : params_) names.push_back(param.name);
  return names;
}

Params default_params(const std::string& owner, const Spec& spec) {
  std::map<std::string, ParamValue> values;
  for (const auto& param : spec.params()) values[param.name] = param.value;
  return Params(owner, std::move(values));
}

}  // namespace triptych
