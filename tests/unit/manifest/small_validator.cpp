#include "small_validator.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace triptych::manifest {

namespace {

double number_of(const Node& node) {
  if (const auto* integer = std::get_if<std::int64_t>(&node.value))
    return static_cast<double>(*integer);
  return std::get<double>(node.value);
}

bool is_number(const Node& node) {
  return std::holds_alternative<std::int64_t>(node.value) ||
         std::holds_alternative<double>(node.value);
}

bool has_type(const Node& node, const std::string& type) {
  if (type == "null") return node.is_null();
  if (type == "boolean") return std::holds_alternative<bool>(node.value);
  if (type == "string") return node.text() != nullptr;
  if (type == "array") return node.is_list();
  if (type == "object") return node.is_object();
  if (type == "number") return is_number(node);
  if (type == "integer") return is_number(node) && std::trunc(number_of(node)) == number_of(node);
  throw std::logic_error("unknown type " + type);
}

class Validator {
 public:
  explicit Validator(const Node& root) : root_(root) {}

  bool is_valid(const Node& schema, const Node& node) {
    std::vector<std::string> faults;
    check(schema, node, "", faults);
    return faults.empty();
  }

  void check(const Node& schema, const Node& node, const std::string& pointer,
             std::vector<std::string>& faults) {
    if (const auto* name = schema.find("$ref"))
      return check(resolve(*name->text()), node, pointer, faults);
    for (const auto& [keyword, at, value] : schema.members()) {
      if (!holds(schema, keyword, value, node, pointer, faults))
        faults.push_back(pointer + " " + keyword);
    }
  }

 private:
  const Node& resolve(const std::string& reference) const {
    const std::string prefix = "#/definitions/";
    const auto* found = root_.find("definitions")->find(reference.substr(prefix.size()));
    if (!found) throw std::logic_error("no definition " + reference);
    return *found;
  }

  bool holds(const Node& schema, const std::string& keyword, const Node& value, const Node& node,
             const std::string& pointer, std::vector<std::string>& faults) {
    if (keyword == "$schema" || keyword == "title" || keyword == "description" ||
        keyword == "default" || keyword == "definitions" || keyword == "pattern" ||
        keyword == "then" || keyword == "else") {
      return true;
    }
    if (keyword == "type") {
      if (const auto* type = value.text()) return has_type(node, *type);
      return std::any_of(value.elements().begin(), value.elements().end(),
                         [&](const Node& type) { return has_type(node, *type.text()); });
    }
    if (keyword == "enum") {
      return std::any_of(value.elements().begin(), value.elements().end(),
                         [&](const Node& choice) { return equal(choice, node); });
    }
    if (keyword == "const") return equal(value, node);
    if (keyword == "minimum") return !is_number(node) || number_of(node) >= number_of(value);
    if (keyword == "maximum") return !is_number(node) || number_of(node) <= number_of(value);
    if (keyword == "minItems") {
      return !node.is_list() ||
             node.elements().size() >= static_cast<std::size_t>(number_of(value));
    }
    if (keyword == "required") {
      return !node.is_object() ||
             std::all_of(value.elements().begin(), value.elements().end(),
                         [&](const Node& key) { return node.member(*key.text()) != nullptr; });
    }
    if (keyword == "not") return !is_valid(value, node);
    if (keyword == "properties") {
      for (const auto& [key, at, inner] : value.members()) {
        if (const auto* member = node.member(key))
          check(inner, member->value, pointer + "/" + key, faults);
      }
      return true;
    }
    if (keyword == "additionalProperties")
      return check_additional(schema, value, node, pointer, faults);
    if (keyword == "items") {
      for (std::size_t i = 0; i < node.elements().size(); ++i) {
        check(value, node.elements()[i], pointer + "/" + std::to_string(i), faults);
      }
      return true;
    }
    if (keyword == "allOf") {
      for (const auto& inner : value.elements()) check(inner, node, pointer, faults);
      return true;
    }
    if (keyword == "if") {
      const auto* branch = schema.find(is_valid(value, node) ? "then" : "else");
      if (branch) check(*branch, node, pointer, faults);
      return true;
    }
    throw std::logic_error("unknown keyword " + keyword);
  }

  bool check_additional(const Node& schema, const Node& value, const Node& node,
                        const std::string& pointer, std::vector<std::string>& faults) {
    const auto* known = schema.find("properties");
    for (const auto& [key, at, inner] : node.members()) {
      if (known && known->member(key)) continue;
      if (!value.is_object())
        faults.push_back(pointer + "/" + key + " additionalProperties");
      else
        check(value, inner, pointer + "/" + key, faults);
    }
    return true;
  }

  const Node& root_;
};

}  // namespace

std::vector<std::string> schema_faults(const Node& schema, const Node& instance) {
  std::vector<std::string> faults;
  Validator(schema).check(schema, instance, "", faults);
  return faults;
}

}  // namespace triptych::manifest
