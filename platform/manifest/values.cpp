#include "values.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace triptych::manifest {

namespace {

std::string with_article(ParamType type) {
  if (type == ParamType::kFlag) return "true or false";
  return (type == ParamType::kInteger ? "an " : "a ") + type_name(type);
}

template <class T>
std::optional<T> scalar(const Node& node) {
  if (const auto* exact = std::get_if<T>(&node.value)) return *exact;
  if constexpr (std::is_same_v<T, double>) {
    if (const auto* integer = std::get_if<std::int64_t>(&node.value)) {
      return static_cast<double>(*integer);
    }
  }
  return std::nullopt;
}

template <class T>
std::optional<ParamValue> scalar_value(const Node& node) {
  if (const auto value = scalar<T>(node)) return ParamValue(*value);
  return std::nullopt;
}

template <class T>
std::optional<ParamValue> list_value(const Node& node) {
  if (!node.is_list()) return std::nullopt;
  std::vector<T> values;
  for (const auto& element : node.elements()) {
    const auto value = scalar<T>(element);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return ParamValue(std::move(values));
}

bool is_inside(const Range& range, double value) {
  return value >= range.least && value <= range.greatest;
}

bool is_inside(const Range& range, const std::string& value) {
  if (range.choices.empty()) return true;
  for (const auto& choice : range.choices) {
    if (choice == value) return true;
  }
  return false;
}

bool element_is_inside(const Range& range, const Node& node) {
  if (const auto number = scalar<double>(node)) return is_inside(range, *number);
  if (const auto* text = node.text()) return is_inside(range, *text);
  return true;
}

// What a text or a number was probably meant to be, as an instruction.
std::string type_advice(const Node& node, ParamType type) {
  const auto* text = node.text();
  if (text && type != ParamType::kText) {
    double number = 0;
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool is_number =
        fault == std::errc() && end == text->data() + text->size() && std::isfinite(number);
    const bool wants_number = type == ParamType::kInteger || type == ParamType::kNumber;
    const bool is_flag = (*text == "true" || *text == "false") && type == ParamType::kFlag;
    if ((is_number && wants_number) || is_flag) return "Write " + *text + " without quotes.";
  }
  const bool wants_list =
      type == ParamType::kIntegers || type == ParamType::kNumbers || type == ParamType::kTexts;
  if (wants_list && !node.is_list() && !node.is_object() && !node.is_null()) {
    return "Write [" + brief_text(node) + "].";
  }
  if (type == ParamType::kText && !node.is_list() && !node.is_object() && !node.is_null()) {
    return "Write \"" + brief_text(node) + "\" in quotes.";
  }
  return "";
}

bool is_whole(double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: above, doubles skip integers
  return std::trunc(number) == number && std::abs(number) <= kExact;
}

Problem wrong_type(const Node& node, const std::string& pointer, const ParamSpec& spec) {
  const auto* number = std::get_if<double>(&node.value);
  if (number && spec.type == ParamType::kInteger) {
    std::string advice;
    if (is_whole(*number)) {
      advice = "Write " + std::to_string(static_cast<std::int64_t>(*number)) + ".";
    }
    return problem_at(node.at, pointer, "manifest.108", "found the number " + brief_text(node),
                      "expected " + expectation(spec), advice);
  }
  return problem_at(node.at, pointer, "manifest.100", "found " + brief_text(node),
                    "expected " + expectation(spec), type_advice(node, spec.type));
}

Problem out_of_range(const Node& node, const std::string& pointer, const ParamSpec& spec) {
  const auto* text = node.text();
  return problem_at(node.at, pointer, "manifest.101", "found " + brief_text(node),
                    "expected " + spec.range.text(),
                    text ? did_you_mean(*text, spec.range.choices) : "");
}

}  // namespace

std::string expectation(const ParamSpec& spec) {
  const auto range = spec.range.text();
  const bool is_list = spec.type == ParamType::kIntegers || spec.type == ParamType::kNumbers ||
                       spec.type == ParamType::kTexts;
  if (range.empty()) return with_article(spec.type);
  return with_article(spec.type) + (is_list ? ", each " : ", ") + range;
}

std::optional<ParamValue> to_value(const Node& node, ParamType type) {
  switch (type) {
    case ParamType::kFlag:
      return scalar_value<bool>(node);
    case ParamType::kInteger:
      return scalar_value<std::int64_t>(node);
    case ParamType::kNumber:
      return scalar_value<double>(node);
    case ParamType::kText:
      return scalar_value<std::string>(node);
    case ParamType::kIntegers:
      return list_value<std::int64_t>(node);
    case ParamType::kNumbers:
      return list_value<double>(node);
    case ParamType::kTexts:
      return list_value<std::string>(node);
  }
  return std::nullopt;
}

std::optional<ParamValue> natural_value(const Node& node) {
  if (node.is_null()) return ParamValue();
  for (const auto type :
       {ParamType::kFlag, ParamType::kInteger, ParamType::kNumber, ParamType::kText,
        ParamType::kIntegers, ParamType::kNumbers, ParamType::kTexts}) {
    if (auto value = to_value(node, type)) return value;
  }
  return std::nullopt;
}

std::optional<ParamValue> coerce(const ParamValue& value, ParamType type) {
  if (std::holds_alternative<std::monostate>(value)) return value;
  return to_value(to_node(value), type);
}

namespace {

struct NodeMaker {
  template <class T>
  Node operator()(const std::vector<T>& list) const {
    Node::List elements;
    for (const auto& element : list) elements.push_back(make_node(element));
    return make_node(std::move(elements));
  }
  template <class T>
  Node operator()(const T& value) const {
    return make_node(value);
  }
};

ParamType element_type(ParamType type) {
  switch (type) {
    case ParamType::kIntegers:
      return ParamType::kInteger;
    case ParamType::kNumbers:
      return ParamType::kNumber;
    case ParamType::kTexts:
      return ParamType::kText;
    default:
      return type;
  }
}

// Points at the first element that is to blame, when the list as such is right.
Problem wrong_list(const Node& node, const std::string& pointer, const ParamSpec& spec) {
  ParamSpec element = spec;
  element.type = element_type(spec.type);
  for (std::size_t i = 0; element.type != spec.type && i < node.elements().size(); ++i) {
    const auto& part = node.elements()[i];
    if (!to_value(part, element.type)) {
      return wrong_type(part, pointer + "/" + std::to_string(i), element);
    }
  }
  return wrong_type(node, pointer, spec);
}

}  // namespace

Node to_node(const ParamValue& value) { return std::visit(NodeMaker{}, value); }

std::optional<Problem> read_value(const Node& node, const std::string& pointer,
                                  const ParamSpec& spec, ParamValue& out) {
  auto value = to_value(node, spec.type);
  if (!value)
    return node.is_list() ? wrong_list(node, pointer, spec) : wrong_type(node, pointer, spec);
  if (!element_is_inside(spec.range, node)) return out_of_range(node, pointer, spec);
  for (std::size_t i = 0; i < node.elements().size(); ++i) {
    if (!element_is_inside(spec.range, node.elements()[i])) {
      return out_of_range(node.elements()[i], pointer + "/" + std::to_string(i), spec);
    }
  }
  out = std::move(*value);
  return std::nullopt;
}

}  // namespace triptych::manifest
