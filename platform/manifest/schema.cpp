#include "triptych/manifest/schema.h"

#include <cmath>

#include "keys.h"
#include "triptych/manifest/node.h"
#include "values.h"

namespace triptych::manifest {

namespace {

// An object written as {"key", node, "key", node, ...}.
class ObjectNode {
 public:
  ObjectNode() : node_(make_node(Node::Object{})) {}
  explicit ObjectNode(Node node) : node_(std::move(node)) {}
  ObjectNode& put(const std::string& key, Node value) {
    node_.set(key, std::move(value));
    return *this;
  }
  ObjectNode& put(const std::string& key, const char* text) {
    return put(key, make_node(std::string(text)));
  }
  ObjectNode& put(const std::string& key, const std::string& text) {
    return put(key, make_node(text));
  }
  operator Node() const { return node_; }

 private:
  Node node_;
};

Node texts(const std::vector<std::string>& list) { return to_node(ParamValue(list)); }

Node reference(const std::string& definition) {
  return ObjectNode().put("$ref", "#/definitions/" + definition);
}

Node object_schema(const std::string& description, Node properties) {
  return ObjectNode()
      .put("description", description)
      .put("type", "object")
      .put("properties", std::move(properties))
      .put("additionalProperties", make_node(false));
}

Node list_schema(const std::string& description, Node items) {
  return ObjectNode()
      .put("description", description)
      .put("type", "array")
      .put("items", std::move(items));
}

const char* type_word(ParamType type) {
  switch (type) {
    case ParamType::kFlag:
      return "boolean";
    case ParamType::kInteger:
    case ParamType::kIntegers:
      return "integer";
    case ParamType::kNumber:
    case ParamType::kNumbers:
      return "number";
    case ParamType::kText:
    case ParamType::kTexts:
      return "string";
  }
  return "string";
}

bool is_list(ParamType type) {
  return type == ParamType::kIntegers || type == ParamType::kNumbers || type == ParamType::kTexts;
}

void put_range(ObjectNode& schema, const ParamSpec& param, bool may_be_null) {
  const auto bound = [&](double value) {
    const bool is_whole = std::trunc(value) == value && std::abs(value) < 1e15;
    return is_whole ? make_node(static_cast<std::int64_t>(value)) : make_node(value);
  };
  if (std::isfinite(param.range.least)) schema.put("minimum", bound(param.range.least));
  if (std::isfinite(param.range.greatest)) schema.put("maximum", bound(param.range.greatest));
  if (param.range.choices.empty()) return;
  auto choices = texts(param.range.choices);
  if (may_be_null) std::get<Node::List>(choices.value).push_back({});
  schema.put("enum", std::move(choices));
}

Node param_schema(const ParamSpec& param) {
  const bool has_default = param.value.index() != 0;
  const bool may_be_null = !has_default && !param.is_required;
  ObjectNode schema;
  schema.put("description", param.meaning);
  const std::string word = is_list(param.type) ? "array" : type_word(param.type);
  if (may_be_null)
    schema.put("type", texts({word, "null"}));
  else
    schema.put("type", word);
  if (is_list(param.type)) {
    ObjectNode items;
    items.put("type", type_word(param.type));
    put_range(items, param, false);
    schema.put("items", std::move(items));
  } else {
    put_range(schema, param, may_be_null);
  }
  if (has_default) schema.put("default", to_node(param.value));
  return schema;
}

Node params_properties(const Spec& spec) {
  ObjectNode properties;
  for (const auto& param : spec.params()) properties.put(param.name, param_schema(param));
  return properties;
}

Node spec_schema(const Spec& spec) {
  return object_schema(spec.summary(), params_properties(spec));
}

// Keys that stand beside "use" and the parameters, per kind.
Node beside_use(const std::string& kind) {
  if (kind == "task") return ObjectNode().put("head", reference("head"));
  if (kind == "dataset") return params_properties(data_keys());
  if (kind != "balancer") return ObjectNode();
  const ParamSpec factor{.name = "",
                         .type = ParamType::kNumber,
                         .value = 1.0,
                         .meaning = "factor on the task's loss",
                         .range = {.least = 0, .choices = {}}};
  return ObjectNode().put("weights", ObjectNode()
                                         .put("description", "a factor per task")
                                         .put("type", "object")
                                         .put("additionalProperties", param_schema(factor)));
}

// One module: "use" decides which further keys there are.
Node module_schema(const std::string& kind, const Spec& spec) {
  auto properties = beside_use(kind);
  properties.set("use", ObjectNode().put("const", spec.name()).put("description", spec.summary()));
  const auto params = params_properties(spec);
  for (const auto& member : params.members()) properties.set(member.key, member.value);
  return object_schema(spec.summary(), std::move(properties));
}

Node when_use(const std::string& name, Node then) {
  auto use = make_node(Node::Object{});
  use.set("use", ObjectNode().put("const", name));
  return ObjectNode()
      .put("if", ObjectNode().put("properties", std::move(use)).put("required", texts({"use"})))
      .put("then", std::move(then));
}

Node dispatch_schema(const std::string& description, const std::string& prefix,
                     const std::vector<std::string>& names) {
  auto properties = make_node(Node::Object{});
  properties.set("use", ObjectNode().put("description", description).put("enum", texts(names)));
  Node::List branches;
  for (const auto& name : names) branches.push_back(when_use(name, reference(prefix + "." + name)));
  ObjectNode schema;
  schema.put("type", "object").put("properties", std::move(properties));
  if (!branches.empty()) schema.put("allOf", make_node(std::move(branches)));
  return schema;
}

// Null for a plugin that cannot be used: the schema offers those that can.
const Spec* usable_spec(const SpecSource& specs, const std::string& kind, const std::string& name) {
  try {
    const auto* plugin = specs.find(kind, name);
    return plugin ? &plugin->spec : nullptr;
  } catch (const Error&) {
    return nullptr;
  }
}

std::vector<std::string> usable_names(const SpecSource& specs, const std::string& kind) {
  auto names = specs.names(kind);
  std::erase_if(names, [&](const auto& name) { return !usable_spec(specs, kind, name); });
  return names;
}

Node definitions(const SpecSource& specs) {
  ObjectNode all;
  for (const auto& kind : kinds()) {
    const auto names = usable_names(specs, kind);
    all.put(kind, dispatch_schema("name of the " + kind, kind, names));
    for (const auto& name : names) {
      all.put(kind + "." + name, module_schema(kind, *usable_spec(specs, kind, name)));
    }
  }
  for (const auto& [what, choices] :
       {std::pair("optimizer", optimizer_specs()), std::pair("schedule", schedule_specs())}) {
    std::vector<std::string> names;
    for (const auto& spec : choices) {
      names.push_back(spec.name());
      all.put(what + ("." + spec.name()), module_schema(what, spec));
    }
    all.put(what, dispatch_schema(std::string("name of the ") + what, what, names));
  }
  return all;
}

// A task is named by its key unless "use" says otherwise.
Node tasks_schema(const std::string& description, const SpecSource& specs) {
  ObjectNode properties;
  for (const auto& name : usable_names(specs, "task")) {
    const Node has_use = ObjectNode().put("required", texts({"use"}));
    Node by_key = ObjectNode()
                      .put("if", ObjectNode().put("not", has_use))
                      .put("then", reference("task." + name));
    properties.put(name, ObjectNode().put(
                             "allOf", make_node(Node::List{reference("task"), std::move(by_key)})));
  }
  return ObjectNode()
      .put("description", description)
      .put("type", "object")
      .put("properties", std::move(properties))
      .put("additionalProperties", reference("task"));
}

Node slots_schema(const std::string& description) {
  ObjectNode properties;
  for (const auto& key : slot_keys().nested) {
    const bool is_chain = key.name == "prompt" || key.name == "fusion";
    if (is_chain)
      properties.put(key.name, list_schema(key.meaning, reference(key.name)));
    else
      properties.put(key.name, reference(key.name));
  }
  return object_schema(description, std::move(properties));
}

// By the kind of the value, so that an editor's message is about the form that was meant.
Node either(const std::string& description, const char* type, Node then, Node otherwise) {
  ObjectNode schema;
  if (!description.empty()) schema.put("description", description);
  schema.put("if", ObjectNode().put("type", type))
      .put("then", std::move(then))
      .put("else", std::move(otherwise));
  return schema;
}

Node init_from_schema(const std::string& description) {
  auto properties = params_properties(init_from_keys());
  const Node text = ObjectNode().put("type", "string");
  properties.set(
      "rename",
      ObjectNode()
          .put("description",
               "beginnings of names in the file -> in the model: {\"proj\": \"embedding.proj\"}")
          .put("type", "object")
          .put("additionalProperties", text));
  const Node object = object_schema("weights to start from", std::move(properties));
  return either(description, "object", ObjectNode(object).put("required", texts({"from"})),
                ObjectNode().put("type", texts({"string", "null"})));
}

Node recipe_schema(const std::string& description) {
  const auto table = recipe_keys();
  auto properties = params_properties(table.spec);
  for (const auto& key : table.nested) {
    if (key.name == "groups")
      properties.set(key.name, list_schema(key.meaning, spec_schema(group_keys())));
    else if (key.name == "init_from")
      properties.set(key.name, init_from_schema(key.meaning));
    else
      properties.set(key.name, reference(key.name));
  }
  return object_schema(description, std::move(properties));
}

ObjectNode settings_schema(Node properties) {
  return ObjectNode().put("type", "object").put("properties", std::move(properties));
}

Node baseline_schema() {
  const Node label = ObjectNode().put("type", "string").put("description", "names its rows");
  const Node plain = ObjectNode()
                         .put("type", "boolean")
                         .put("default", make_node(false))
                         .put("description", "without prompts and fusion");
  const Node single = settings_schema(ObjectNode().put("label", label).put("plain", plain));
  auto properties = make_node(Node::Object{});
  properties.set("single_task", either("", "string", ObjectNode().put("const", "plain"), single));
  properties.set(
      "multi_task",
      settings_schema(ObjectNode().put("label", label)).put("required", texts({"label"})));
  return either("", "string", ObjectNode().put("const", "single_task"),
                object_schema("a baseline", std::move(properties)));
}

Node nested_schema(const NestedKey& key, const SpecSource& specs) {
  const auto& name = key.name;
  const Node text = ObjectNode().put("type", "string");
  if (name == "include") return list_schema(key.meaning, text);
  if (name == "protocol") {
    return ObjectNode()
        .put("description", key.meaning)
        .put("type", "string")
        .put("pattern", "^.+/.+$");
  }
  if (name == "data") return reference("dataset");
  if (name == "tasks") return tasks_schema(key.meaning, specs);
  if (name == "slots") return slots_schema(key.meaning);
  if (name == "recipe") return recipe_schema(key.meaning);
  if (name == "matrix") {
    const Node values =
        ObjectNode().put("type", "array").put("minItems", make_node(std::int64_t{1}));
    return ObjectNode()
        .put("description", key.meaning)
        .put("type", "object")
        .put("additionalProperties", values);
  }
  if (name == "exclude") return list_schema(key.meaning, ObjectNode().put("type", "object"));
  if (name == "baselines") return list_schema(key.meaning, baseline_schema());
  if (name == "seeds") {
    ParamSpec listed = *seeds_keys().find("base");
    listed.type = ParamType::kIntegers;
    listed.value = std::vector<std::int64_t>{1};
    return either(key.meaning, "array", param_schema(listed), spec_schema(seeds_keys()));
  }
  if (name == "select") {
    return either(key.meaning, "string", ObjectNode().put("const", "last"),
                  spec_schema(selection_keys()));
  }
  return spec_schema(plugins_keys());
}

}  // namespace

std::string manifest_schema(const SpecSource& specs) {
  const auto table = top_keys();
  auto properties = params_properties(table.spec);
  for (const auto& key : table.nested) properties.set(key.name, nested_schema(key, specs));
  Node schema = object_schema(table.spec.summary(), std::move(properties));
  auto document = make_node(Node::Object{});
  document.set("$schema", make_node(std::string("http://json-schema.org/draft-07/schema#")));
  document.set("title", make_node(std::string("Triptych manifest")));
  for (const auto& member : schema.members()) document.set(member.key, member.value);
  document.set("if", ObjectNode().put("required", texts({"include"})));
  document.set("else", ObjectNode().put("required", texts({"protocol", "tasks", "slots"})));
  document.set("definitions", definitions(specs));
  return pretty_text(document) + "\n";
}

}  // namespace triptych::manifest
