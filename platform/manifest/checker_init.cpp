// recipe.init_from: the weights that a run starts from.
#include <filesystem>

#include "checker.h"
#include "values.h"

namespace triptych::manifest {

namespace {

constexpr const char* kPointer = "/recipe/init_from";

// A path has a slash or a dot; "@latest" and "@best:semseg.mIoU" name runs.
bool looks_like_file(const std::string& text) {
  return !text.starts_with('@') && text.find_first_of("/.") != std::string::npos;
}

}  // namespace

void Checker::read_init_from(const Node* recipe) {
  const auto* node = recipe ? recipe->find("init_from") : nullptr;
  if (!node) return;
  auto& init = manifest_.recipe.init_from;
  if (node->text()) {
    init.from = weights_source(*node, kPointer);
    return;
  }
  if (!node->is_object()) {
    report(node->at, kPointer, "manifest.100", "found " + brief_text(*node),
           "expected a file or a run, or {\"from\": ..., \"partial\": false, \"rename\": {...}}",
           node->is_list() ? "" : "A run whose id looks like a number needs quotes.");
    return;
  }
  const auto params = read_params({*node, kPointer, "", {"rename"}}, init_from_keys());
  init.is_partial = params.flag("partial");
  const auto* from = node->find("from");
  if (from && from->text()) init.from = weights_source(*from, std::string(kPointer) + "/from");
  if (const auto* rename = node->find("rename")) read_rename(*rename);
}

// A run becomes the file of its weights, so that its content counts and not its name.
std::string Checker::weights_source(const Node& node, const std::string& pointer) {
  const auto& text = *node.text();
  if (text.empty()) return text;
  const auto path = resolve_path(text, node.at);
  const bool is_run =
      text.starts_with('@') || (!looks_like_file(text) && !std::filesystem::exists(path));
  if (!is_run) {
    if (is_stored_ || std::filesystem::is_regular_file(path)) return path;
    const std::string message = "there is no file \"" + path + "\"";
    if (options_.needs_data)
      report(node.at, pointer, "manifest.126", message, "",
             "Name a weights file, or a run of the database.");
    else
      warn(node.at, pointer, "manifest.126", message, "'run' needs it.");
    return path;
  }
  if (is_stored_ || !options_.weights_of_run) return text;
  try {
    return options_.weights_of_run(text);
  } catch (const Error& error) {
    const auto& problem = error.problem();
    report(node.at, pointer, "manifest.127", "the run \"" + text + "\": " + problem.message,
           problem.expected, problem.suggestion);
  }
  return text;
}

void Checker::read_rename(const Node& node) {
  const std::string pointer = std::string(kPointer) + "/rename";
  if (!node.is_object()) {
    report(node.at, pointer, "manifest.100", "found " + brief_text(node),
           "expected an object: beginnings of names in the file -> in the model");
    return;
  }
  for (const auto& member : node.members()) {
    const auto* after = member.value.text();
    const auto place = child_pointer(pointer, member.key);
    const auto is_name = [](const std::string& name) {
      return name.empty() ||
             (name.front() != '.' && name.back() != '.' && name.find("..") == std::string::npos);
    };
    if (!after) {
      report(member.value.at, place, "manifest.100", "found " + brief_text(member.value),
             "expected a text: the beginning of the names in the model");
    } else if (!is_name(member.key) || !is_name(*after)) {
      report(member.at, place, "manifest.101", "found \"" + member.key + "\": \"" + *after + "\"",
             "expected names joined by single dots, without one at either end");
    } else {
      manifest_.recipe.init_from.rename[member.key] = *after;
    }
  }
}

}  // namespace triptych::manifest
