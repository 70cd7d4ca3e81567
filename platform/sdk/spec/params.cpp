#include "triptych/params.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "triptych/error.h"

namespace triptych {

std::string type_name(ParamType type) {
  switch (type) {
    case ParamType::kFlag:
      return "flag";
    case ParamType::kInteger:
      return "integer";
    case ParamType::kNumber:
      return "number";
    case ParamType::kText:
      return "text";
    case ParamType::kIntegers:
      return "list of integers";
    case ParamType::kNumbers:
      return "list of numbers";
    case ParamType::kTexts:
      return "list of texts";
  }
  return "unknown";
}

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  const bool is_integral = text.find_first_of(".en") == std::string::npos;
  return is_integral ? text + ".0" : text;
}

struct Printer {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return shortest(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::string out = "[";
    for (const auto& value : values) out += (out.size() > 1 ? ", " : "") + (*this)(value);
    return out + "]";
  }
};

}  // namespace

std::string to_text(const ParamValue& value) { return std::visit(Printer{}, value); }

Params::Params(std::string owner, std::map<std::string, ParamValue> values)
    : owner_(std::move(owner)), values_(std::move(values)) {}

const ParamValue& Params::find(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, value] : values_) names.push_back(known);
    throw Error("plugin.020", owner_,
                "its code reads the parameter '" + name +
                    "', which its spec does not declare; declared: " + join(names),
                "Add .param(\"" + name + "\", ...) to the spec of the plugin.");
  }
  consumed_->insert(name);
  return found->second;
}

template <class T>
const T& Params::get(const std::string& name, const char* type) const {
  const auto& value = find(name);
  if (const auto* typed = std::get_if<T>(&value)) return *typed;
  throw Error("plugin.020", owner_,
              "its code reads the parameter '" + name + "' as " + type + ", but the value is " +
                  to_text(value),
              "Declare the default in the spec with the type that the code reads.");
}

bool Params::flag(const std::string& name) const { return get<bool>(name, "a flag"); }
std::int64_t Params::integer(const std::string& name) const {
  return get<std::int64_t>(name, "an integer");
}
double Params::number(const std::string& name) const { return get<double>(name, "a number"); }
const std::string& Params::text(const std::string& name) const {
  return get<std::string>(name, "a text");
}
const std::vector<std::int64_t>& Params::integers(const std::string& name) const {
  return get<std::vector<std::int64_t>>(name, "a list of integers");
}
const std::vector<double>& Params::numbers(const std::string& name) const {
  return get<std::vector<double>>(name, "a list of numbers");
}
const std::vector<std::string>& Params::texts(const std::string& name) const {
  return get<std::vector<std::string>>(name, "a list of texts");
}

bool Params::has(const std::string& name) const {
  return !std::holds_alternative<std::monostate>(find(name));
}

Params Params::with(const std::string& name, ParamValue value) const {
  auto copy = *this;
  copy.values_[name] = std::move(value);
  return copy;
}

}  // namespace triptych
