// Parameters, modules and keys: what every part of a manifest is made of.
#include <algorithm>

#include "checker.h"
#include "values.h"

namespace triptych::manifest {

namespace {

// For a text where an object with "use" is expected.
std::string use_advice(const Node& node) {
  if (node.at.file_name() == "command line") return "Set the key with .use at its end.";
  return node.text() ? "Write {\"use\": \"" + *node.text() + "\"}." : "";
}

// For a parameter whose module was named elsewhere: by an override or by another file.
std::string stray_advice(const Node& module, const Member& member) {
  const auto* use = module.member("use");
  if (!use || use->at.file_name() == member.at.file_name()) return "";
  return "Its \"use\" comes from " + use->at.file_name() + ":" + std::to_string(use->at.line) +
         ":" + std::to_string(use->at.column) + "; remove the parameter there with null or ~.";
}

}  // namespace

void Checker::report(const Position& at, std::string pointer, std::string code, std::string message,
                     std::string expected, std::string suggestion) {
  problems_.push_back(problem_at(at, std::move(pointer), std::move(code), std::move(message),
                                 std::move(expected), std::move(suggestion)));
}

void Checker::warn(const Position& at, std::string pointer, std::string code, std::string message,
                   std::string suggestion) {
  warnings_.push_back(problem_at(at, std::move(pointer), std::move(code), std::move(message), "",
                                 std::move(suggestion)));
}

void Checker::report_missing(const Node& object, const std::string& pointer, const std::string& key,
                             const std::string& expected) {
  report(object.at, pointer, "manifest.102", "the key \"" + key + "\" is missing",
         "expected " + expected);
}

const Node* Checker::object_under(const Node& parent, const std::string& pointer,
                                  const std::string& key) {
  const auto* found = parent.find(key);
  if (!found || found->is_object()) return found;
  const bool names_choice = found->text() && (key == "optimizer" || key == "schedule");
  report(found->at, child_pointer(pointer, key), "manifest.100", "found " + brief_text(*found),
         "expected an object", names_choice ? use_advice(*found) : "");
  return nullptr;
}

const std::string* Checker::text_under(const Node& object, const std::string& pointer,
                                       const std::string& key, const std::string& meaning) {
  const auto* found = object.find(key);
  if (!found) return nullptr;
  if (const auto* text = found->text()) return text;
  report(found->at, child_pointer(pointer, key), "manifest.100", "found " + brief_text(*found),
         "expected " + meaning);
  return nullptr;
}

void Checker::refuse_unknown(const Place& place, const Spec& spec) {
  const auto names = spec.param_names();
  auto known = names;
  known.insert(known.end(), place.reserved.begin(), place.reserved.end());
  for (const auto& member : place.node.members()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const auto pointer = child_pointer(place.pointer, member.key);
    const auto nearest = did_you_mean(member.key, known);
    if (place.owner.empty()) {
      report(member.at, pointer, "manifest.103", "unknown key", "known here: " + join(known),
             nearest);
    } else {
      report(member.at, pointer, "manifest.104", "unknown parameter of " + place.owner,
             names.empty() ? "it has none" : "it has: " + join(names),
             nearest.empty() ? stray_advice(place.node, member) : nearest);
    }
  }
}

ParamValue Checker::read_param(const Place& place, const ParamSpec& spec, const Fixed& fixed) {
  const auto fixed_value = fixed.find(spec.name);
  const auto* member = place.node.member(spec.name);
  const auto pointer = child_pointer(place.pointer, spec.name);
  if (fixed_value != fixed.end()) {
    const auto value = fixed_param(place, spec, fixed_value->second);
    if (member && !equal(member->value, to_node(value))) {
      report(member->at, pointer, "manifest.113",
             "the protocol " + manifest_.protocol.id() + " fixes this to " + to_text(value), "",
             "Remove it here; other values need another protocol.");
    }
    return value;
  }
  const bool may_be_null = spec.value.index() == 0 && !spec.is_required;
  if (!member || (member->value.is_null() && may_be_null)) {
    if (spec.is_required) {
      report_missing(place.node, place.pointer, spec.name, expectation(spec) + ": " + spec.meaning);
    }
    return spec.value;
  }
  ParamValue value = spec.value;
  if (auto problem = read_value(member->value, pointer, spec, value)) {
    problems_.push_back(std::move(*problem));
  }
  return value;
}

// What the protocol fixes must suit the plugin too: a plugin may be newer, or another one.
ParamValue Checker::fixed_param(const Place& place, const ParamSpec& spec,
                                const ParamValue& fixed) {
  ParamValue value = spec.value;
  const bool is_absent = fixed.index() == 0 && spec.value.index() == 0 && !spec.is_required;
  if (is_absent) return value;
  if (auto problem = read_value(to_node(fixed), "", spec, value)) {
    report(place.node.at, place.pointer, "manifest.119",
           "the protocol " + manifest_.protocol.id() + " fixes '" + spec.name + "' of " +
               place.owner + " to " + to_text(fixed),
           problem->expected, "Take the plugin that the protocol was written for.");
  }
  return value;
}

void Checker::refuse_unknown_fixed(const Place& place, const Spec& spec, const Fixed& fixed) {
  for (const auto& [name, value] : fixed) {
    if (spec.find(name)) continue;
    report(place.node.at, place.pointer, "manifest.119",
           "the protocol " + manifest_.protocol.id() + " fixes '" + name + "', which " +
               place.owner + " does not have",
           "it has: " + join(spec.param_names()),
           "Take the plugin that the protocol was written for.");
  }
}

Params Checker::read_params(const Place& place, const Spec& spec, const Fixed& fixed) {
  refuse_unknown(place, spec);
  refuse_unknown_fixed(place, spec, fixed);
  std::map<std::string, ParamValue> values;
  for (const auto& param : spec.params()) values[param.name] = read_param(place, param, fixed);
  return Params(place.owner.empty() ? spec.name() : place.owner, std::move(values));
}

const PluginSpec* Checker::find_plugin(const std::string& kind, const std::string& name,
                                       const Position& at, const std::string& pointer) {
  try {
    if (const auto* plugin = specs_.find(kind, name)) return plugin;
  } catch (const Error& error) {
    report(at, pointer, "manifest.107",
           kind + " '" + name + "' cannot be used: " + error.problem().text());
    return nullptr;
  }
  const auto names = specs_.names(kind);
  const auto nearest = did_you_mean(name, names);
  report(at, pointer, "manifest.105", "there is no " + kind + " '" + name + "'",
         "there are: " + join(names),
         nearest.empty() ? "A new one lies at " + kind + "/" + name + ".so in a plugin folder."
                         : nearest);
  return nullptr;
}

ModuleChoice Checker::read_module(const Node& node, const std::string& pointer,
                                  const std::string& kind, std::vector<std::string> reserved,
                                  const std::string& default_use, const Fixed& fixed) {
  if (!node.is_object()) {
    report(node.at, pointer, "manifest.106", "found " + brief_text(node),
           "expected an object with \"use\", the name of the " + kind, use_advice(node));
    return {};
  }
  const auto* use_member = node.member("use");
  const auto* use = text_under(node, pointer, "use", "the name of the " + kind);
  if (!use && use_member && !use_member->value.is_null()) return {};
  if (!use && default_use.empty()) {
    report(node.at, pointer, "manifest.106", "the key \"use\" is missing",
           "expected the name of the " + kind + ": " + join(specs_.names(kind)));
    return {};
  }
  const auto& name = use ? *use : default_use;
  const auto* plugin = find_plugin(kind, name, use ? use_member->value.at : node.at,
                                   use ? child_pointer(pointer, "use") : pointer);
  if (!plugin) return {name, {}};
  reserved.push_back("use");
  const Place place{node, pointer, kind + " '" + name + "'", std::move(reserved)};
  return {name, read_params(place, plugin->spec, fixed)};
}

const Spec* Checker::read_choice(const Node* node, const std::string& pointer,
                                 const std::string& what, const std::vector<Spec>& specs,
                                 Params& params) {
  static const Node kNothing = make_node(Node::Object{});
  const Node& object = node ? *node : kNothing;
  const auto* use = text_under(object, pointer, "use", "the name of the " + what);
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name());
  const auto& name = use ? *use : names.front();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    report(object.member("use")->value.at, child_pointer(pointer, "use"), "manifest.105",
           "there is no " + what + " '" + name + "'", "there are: " + join(names),
           did_you_mean(name, names));
    return nullptr;
  }
  const auto& spec = specs[static_cast<std::size_t>(found - names.begin())];
  params = read_params({object, pointer, what + " '" + name + "'", {"use"}}, spec);
  return &spec;
}

std::vector<ModuleChoice> Checker::read_chain(const Node& slots, const std::string& kind) {
  const auto* list = slots.find(kind);
  if (!list) return {};
  const auto pointer = "/slots/" + kind;
  if (!list->is_list()) {
    report(list->at, pointer, "manifest.100", "found " + brief_text(*list),
           "expected a list of modules, in order; [] = none",
           list->is_object() ? "Put the object into brackets: [{...}]." : "");
    return {};
  }
  std::vector<ModuleChoice> chain;
  for (std::size_t i = 0; i < list->elements().size(); ++i) {
    chain.push_back(read_module(list->elements()[i], pointer + "/" + std::to_string(i), kind));
  }
  return chain;
}

}  // namespace triptych::manifest
