#include "triptych/manifest/describe.h"

#include <algorithm>
#include <cmath>

#include "triptych/manifest/node.h"
#include "values.h"

namespace triptych::manifest {

namespace {

std::string type_text(const ParamSpec& param) {
  const auto range = param.range.text();
  return type_name(param.type) + (range.empty() ? "" : ", " + range);
}

std::string default_text(const ParamSpec& param) {
  return param.is_required ? "required" : to_text(param.value);
}

// A value to start from for a parameter that has no default.
Node placeholder(const ParamSpec& param) {
  const auto& range = param.range;
  const double least = std::isfinite(range.least) ? range.least : 1;
  switch (param.type) {
    case ParamType::kFlag:
      return make_node(false);
    case ParamType::kInteger:
      return make_node(static_cast<std::int64_t>(std::ceil(least)));
    case ParamType::kNumber:
      return make_node(least);
    case ParamType::kText:
      return make_node(range.choices.empty() ? std::string("...") : range.choices.front());
    default:
      return make_node(Node::List{});
  }
}

Node wrapped(const std::string& key, Node node) {
  auto outer = make_node(Node::Object{});
  outer.set(key, std::move(node));
  return outer;
}

Node snippet(const std::string& kind, const Spec& spec) {
  auto module = make_node(Node::Object{});
  const bool is_named_by_key = kind == "task";
  if (!is_named_by_key) module.set("use", make_node(spec.name()));
  for (const auto& param : spec.params()) {
    const bool has_default = param.value.index() != 0;
    if (has_default)
      module.set(param.name, to_node(param.value));
    else if (param.is_required)
      module.set(param.name, placeholder(param));
  }
  if (kind == "task") return wrapped("tasks", wrapped(spec.name(), std::move(module)));
  if (kind == "dataset") return wrapped("data", std::move(module));
  if (kind == "balancer") return wrapped("recipe", wrapped("balancer", std::move(module)));
  if (kind == "prompt" || kind == "fusion") {
    return wrapped("slots", wrapped(kind, make_node(Node::List{std::move(module)})));
  }
  return wrapped("slots", wrapped(kind, std::move(module)));
}

// Rows of columns, each as wide as its widest cell; the last is not padded.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += " " + row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - row[i].size() + 1, ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string params_text(const Spec& spec) {
  if (spec.params().empty()) return "parameters: none\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& param : spec.params()) {
    rows.push_back({param.name, default_text(param), type_text(param), param.meaning});
  }
  return "parameters (name, default, type and range, meaning)\n" + table(rows);
}

std::string ports_text(const Spec& spec) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& port : spec.inputs()) rows.push_back({"takes", port.name, port.axes});
  for (const auto& port : spec.outputs()) rows.push_back({"gives", port.name, port.axes});
  return rows.empty() ? "" : "ports\n" + table(rows);
}

Node ports_node(const std::vector<PortSpec>& ports) {
  Node::List list;
  for (const auto& port : ports) {
    auto node = make_node(Node::Object{});
    node.set("name", make_node(port.name));
    node.set("axes", make_node(port.axes));
    list.push_back(std::move(node));
  }
  return make_node(std::move(list));
}

Node param_node(const ParamSpec& param) {
  auto node = make_node(Node::Object{});
  node.set("name", make_node(param.name));
  node.set("type", make_node(type_name(param.type)));
  node.set("default", to_node(param.value));
  node.set("required", make_node(param.is_required));
  node.set("range", make_node(param.range.text()));
  node.set("meaning", make_node(param.meaning));
  return node;
}

}  // namespace

std::string manifest_snippet(const std::string& kind, const PluginSpec& plugin) {
  return pretty_text(snippet(kind, plugin.spec));
}

std::string describe_text(const std::string& kind, const PluginSpec& plugin) {
  const auto& spec = plugin.spec;
  std::string out = kind + " '" + spec.name() + "': " + spec.summary() + "\n";
  if (!spec.citation().empty()) out += "source: " + spec.citation() + "\n";
  if (spec.is_fixed_size()) out += "its parameters depend on the image size\n";
  if (!spec.nondeterminism().empty()) {
    out += "same seed, other bits on CUDA: " + spec.nondeterminism() + "\n";
  }
  out += "\n" + params_text(spec);
  const auto ports = ports_text(spec);
  if (!ports.empty()) out += "\n" + ports;
  out += "\nplugin\n" + table({{"file", plugin.file},
                               {"sha256", plugin.sha256},
                               {"source hash", plugin.source_hash.empty() ? "none: built without"
                                                                          : plugin.source_hash}});
  return out + "\nin a manifest\n" + manifest_snippet(kind, plugin) + "\n";
}

std::string describe_json(const std::string& kind, const PluginSpec& plugin) {
  const auto& spec = plugin.spec;
  Node::List params;
  for (const auto& param : spec.params()) params.push_back(param_node(param));
  auto node = make_node(Node::Object{});
  node.set("slot", make_node(kind));
  node.set("name", make_node(spec.name()));
  node.set("summary", make_node(spec.summary()));
  node.set("source", make_node(spec.citation()));
  node.set("params", make_node(std::move(params)));
  node.set("inputs", ports_node(spec.inputs()));
  node.set("outputs", ports_node(spec.outputs()));
  node.set("fixed_size", make_node(spec.is_fixed_size()));
  node.set("nondeterminism", make_node(spec.nondeterminism()));
  node.set("file", make_node(plugin.file));
  node.set("sha256", make_node(plugin.sha256));
  node.set("source_hash", make_node(plugin.source_hash));
  node.set("manifest", snippet(kind, spec));
  return pretty_text(node) + "\n";
}

}  // namespace triptych::manifest
