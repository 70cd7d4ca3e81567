#include "checker.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <tuple>

#include "values.h"

namespace triptych::manifest {

namespace fs = std::filesystem;

Checker::Checker(const SpecSource& specs, const CheckOptions& options, bool is_stored)
    : specs_(specs), options_(options), is_stored_(is_stored) {
  if (is_stored) return;
  folders_ = options.protocol_folders.empty() ? protocol_folders(options.manifest_path)
                                              : options.protocol_folders;
}

Checked Checker::run(const Node& tree) {
  if (!tree.is_object()) {
    report(tree.at, "", "manifest.010", "found a " + kind_name(tree),
           "expected an object: { ... }");
  } else {
    read_protocol(tree);
    read_top(tree);
    read_data(tree);
    read_slots(tree);
    read_tasks(tree);
    read_recipe(tree);
    read_select(tree);
    read_plugin_path(tree);
  }
  sort_problems(problems_, options_.manifest_path);
  sort_problems(warnings_, options_.manifest_path);
  Checked checked{std::nullopt, std::move(problems_), std::move(warnings_)};
  if (!checked.problems.empty()) return checked;
  settle_weights(manifest_);
  collect_plugins(manifest_, specs_);
  checked.manifest = std::move(manifest_);
  return checked;
}

void Checker::read_top(const Node& tree) {
  const auto table = top_keys();
  std::vector<std::string> nested;
  for (const auto& key : table.nested) nested.push_back(key.name);
  const auto params = read_params({tree, "", "", nested}, table.spec);
  const auto stem = fs::path(options_.manifest_path).stem().string();
  manifest_.name = params.has("name") ? params.text("name") : stem.empty() ? "unnamed" : stem;
  if (const auto* name = tree.find("name"); name && params.has("name")) check_name(*name);
  manifest_.notes = params.text("notes");
  manifest_.tags = params.texts("tags");
  manifest_.seed = params.integer("seed");
  manifest_.probes = params.texts("probes");
}

// Studies are named on the command line and shown in tables.
void Checker::check_name(const Node& node) {
  constexpr std::size_t kLongest = 200;  // bytes
  const auto& name = manifest_.name;
  const bool is_plain = std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (is_stored_ || (is_plain && !name.empty() && name.size() <= kLongest)) return;
  report(node.at, "/name", "manifest.101", "found " + brief_text(node, 60),
         "expected 1 to " + std::to_string(kLongest) + " bytes on one line");
}

void Checker::read_protocol(const Node& tree) {
  const auto* node = tree.find("protocol");
  if (!node) {
    const auto ids = protocol_ids(folders_);
    report_missing(tree, "", "protocol",
                   "the rules under which numbers are valid, one of: " + join(ids));
    return;
  }
  try {
    if (node->is_object() && is_stored_) {
      manifest_.protocol = protocol_from(*node);
    } else if (const auto* id = text_under(tree, "", "protocol", "\"name/version\"")) {
      manifest_.protocol = load_protocol(*id, folders_);
    } else {
      return;
    }
    has_protocol_ = true;
  } catch (const Error& error) {
    for (auto problem : error.problems()) {
      if (problem.file.empty()) {
        problem.file = node->at.file_name();
        problem.line = node->at.line;
        problem.column = node->at.column;
        problem.pointer = "/protocol";
      }
      problems_.push_back(std::move(problem));
    }
  }
}

void Checker::read_data(const Node& tree) {
  static const Node kNothing = make_node(Node::Object{});
  const auto* given = object_under(tree, "", "data");
  const Node& node = given ? *given : kNothing;
  const auto* use = text_under(node, "/data", "use", "the name of the dataset");
  const auto& protocol = manifest_.protocol;
  if (use && has_protocol_ && *use != protocol.dataset) {
    report(node.find("use")->at, "/data/use", "manifest.114",
           "found \"" + *use + "\", but the protocol " + protocol.id() + " is for the dataset '" +
               protocol.dataset + "'",
           "", "Remove \"use\", or name another protocol.");
    return;
  }
  const auto name = has_protocol_ ? protocol.dataset : use ? *use : "";
  if (name.empty()) return;
  Node params = node;
  params.erase("root");
  if (!given) params.at = tree.at;
  const auto names = specs_.names("dataset");
  const bool is_known = std::find(names.begin(), names.end(), name) != names.end();
  if (is_known || options_.needs_data) {
    manifest_.data.dataset =
        read_module(params, "/data", "dataset", {}, name, protocol.dataset_params);
  } else {
    keep_unchecked_data(params, name);
  }
  if (const auto* root = node.find("root")) read_root(*root);
}

void Checker::keep_unchecked_data(const Node& params, const std::string& name) {
  warn(params.at, "/data", "manifest.201",
       "there is no dataset '" + name + "' here, so its parameters are not checked",
       "'run' needs it.");
  std::map<std::string, ParamValue> values;
  for (const auto& member : params.members()) {
    const auto value = natural_value(member.value);
    if (value && member.key != "use") values[member.key] = *value;
  }
  manifest_.data.has_plugin = false;
  manifest_.data.dataset = {name, Params("dataset '" + name + "'", std::move(values))};
}

void Checker::read_root(const Node& root) {
  ParamValue value;
  if (auto problem = read_value(root, "/data/root", *data_keys().find("root"), value)) {
    problems_.push_back(std::move(*problem));
    return;
  }
  if (std::get<std::string>(value).empty()) {
    report(root.at, "/data/root", "manifest.101", "found \"\"", "expected the path of a folder",
           "Write null for a data set that needs none.");
    return;
  }
  auto& folder = manifest_.data.root;
  folder = resolve_path(std::get<std::string>(value), root.at);
  if (is_stored_ || fs::is_directory(folder)) return;
  const std::string message = "there is no folder \"" + folder + "\"";
  if (options_.needs_data) {
    report(root.at, "/data/root", "manifest.202", message, "",
           "Say where the data set lies: data.root=PATH.");
  } else {
    warn(root.at, "/data/root", "manifest.202", message, "'run' needs it: data.root=PATH.");
  }
}

void Checker::read_slots(const Node& tree) {
  const auto* slots = object_under(tree, "", "slots");
  if (!slots) {
    if (!tree.find("slots"))
      report_missing(tree, "", "slots", "the modules, with embedding and encoder");
    return;
  }
  const auto table = slot_keys();
  std::vector<std::string> names;
  for (const auto& key : table.nested) names.push_back(key.name);
  refuse_unknown({*slots, "/slots", "", names}, table.spec);
  for (const auto* kind : {"embedding", "encoder"}) {
    auto& module =
        std::string(kind) == "encoder" ? manifest_.slots.encoder : manifest_.slots.embedding;
    if (const auto* node = slots->find(kind)) {
      module = read_module(*node, std::string("/slots/") + kind, kind);
    } else {
      report_missing(*slots, "/slots", kind,
                     std::string("{\"use\": ...} with one of: ") + join(specs_.names(kind)));
    }
  }
  manifest_.slots.prompt = read_chain(*slots, "prompt");
  manifest_.slots.fusion = read_chain(*slots, "fusion");
}

void Checker::read_tasks(const Node& tree) {
  const auto* slots = tree.find("slots");
  const auto* default_head = slots ? slots->find("head") : nullptr;
  const auto* tasks = object_under(tree, "", "tasks");
  if (!tasks) {
    if (!tree.find("tasks")) {
      report_missing(tree, "", "tasks",
                     "an object with the tasks: " + join(manifest_.protocol.task_names()));
    }
    return;
  }
  if (tasks->members().empty()) {
    report(tasks->at, "/tasks", "manifest.118", "there is no task",
           "the protocol has: " + join(manifest_.protocol.task_names()));
  }
  const auto shared_head =
      default_head ? read_module(*default_head, "/slots/head", "head") : ModuleChoice{};
  for (const auto& member : tasks->members()) {
    read_task(member, default_head != nullptr);
    if (!member.value.find("head")) manifest_.tasks.back().head = shared_head;
  }
}

void Checker::read_task(const Member& member, bool has_default_head) {
  const auto pointer = child_pointer("/tasks", member.key);
  manifest_.tasks.push_back({member.key, {}, {}});
  auto& choice = manifest_.tasks.back();
  if (!member.value.is_object()) {
    report(member.value.at, pointer, "manifest.100", "found " + brief_text(member.value),
           "expected an object", "Write {} for a task with its defaults.");
    return;
  }
  const auto* fixed = manifest_.protocol.task(member.key);
  if (has_protocol_ && !fixed) {
    const auto names = manifest_.protocol.task_names();
    report(member.at, pointer, "manifest.112",
           "the protocol " + manifest_.protocol.id() + " has no task '" + member.key + "'",
           "it has: " + join(names), did_you_mean(member.key, names));
    return;
  }
  static const Fixed kNone;
  const auto& default_use = fixed ? fixed->use : member.key;
  const auto before = problems_.size();
  choice.task = read_module(member.value, pointer, "task", {"head"}, default_use,
                            fixed ? fixed->params : kNone);
  if (!has_protocol_) {  // it would have given the parameters that are missing now
    const auto is_missing = [](const Problem& problem) { return problem.code == "manifest.102"; };
    problems_.erase(std::remove_if(problems_.begin() + static_cast<std::ptrdiff_t>(before),
                                   problems_.end(), is_missing),
                    problems_.end());
  }
  if (const auto* head = member.value.find("head")) {
    choice.head = read_module(*head, child_pointer(pointer, "head"), "head");
  } else if (!has_default_head) {
    report_missing(member.value, pointer, "head",
                   "a head, here or as the default of all tasks at /slots/head");
  }
}

void Checker::read_plugin_path(const Node& tree) {
  const auto* node = object_under(tree, "", "plugins");
  if (!node) return;
  const auto params = read_params({*node, "/plugins", "", {}}, plugins_keys());
  const auto& folders = params.texts("path");
  const auto* list = node->find("path");
  for (std::size_t i = 0; list && i < folders.size(); ++i) {
    manifest_.plugin_path.push_back(resolve_path(folders[i], list->elements()[i].at));
  }
}

std::string resolve_path(const std::string& path, const Position& at) {
  fs::path target(path);
  if (const char* home = std::getenv("HOME"); home && path.starts_with("~/")) {
    target = fs::path(home) / path.substr(2);
  }
  const bool is_in_file = at.file && *at.file != "command line";
  if (target.is_relative() && is_in_file) target = fs::path(*at.file).parent_path() / target;
  auto absolute = fs::absolute(target.empty() ? "." : target).lexically_normal();
  if (!absolute.has_filename() && absolute.has_parent_path()) absolute = absolute.parent_path();
  return absolute.string();
}

void sort_problems(std::vector<Problem>& problems, const std::string& manifest_path) {
  const auto rank = [&](const Problem& problem) {
    return problem.file == manifest_path ? 0 : problem.file == "command line" ? 2 : 1;
  };
  const auto key = [&](const Problem& problem) {
    return std::tuple(rank(problem), problem.file, problem.line, problem.column);
  };
  std::set<std::string> said;
  std::erase_if(problems,
                [&](const Problem& problem) { return !said.insert(problem.text()).second; });
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return key(a) < key(b); });
}

}  // namespace triptych::manifest
