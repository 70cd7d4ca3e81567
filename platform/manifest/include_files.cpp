#include <algorithm>
#include <filesystem>

#include "triptych/manifest/reader.h"

namespace triptych::manifest {

namespace {

namespace fs = std::filesystem;

// A chain of files that include each other, from the manifest down.
struct Chain {
  std::vector<std::string> shown;  // as the user wrote them
  std::vector<fs::path> real;
  int num_read = 0;
};

constexpr int kMostFiles = 256;  // files that include each other twice grow as 2^depth

Node read_with_includes(const std::string& path, Chain& chain);

std::string beside(const std::string& including, const std::string& included) {
  const fs::path target(included);
  if (target.is_absolute()) return included;
  return (fs::path(including).parent_path() / target).lexically_normal().string();
}

void refuse_cycle(const Node& entry, const std::string& pointer, const std::string& path,
                  const Chain& chain) {
  const auto real = fs::weakly_canonical(path);
  const auto found = std::find(chain.real.begin(), chain.real.end(), real);
  if (found == chain.real.end()) return;
  std::vector<std::string> names(chain.shown.begin() + (found - chain.real.begin()),
                                 chain.shown.end());
  names.push_back(path);
  throw Error(problem_at(entry.at, pointer, "manifest.021",
                         "the files include each other in a circle: " + join(names, " -> "), "",
                         "Remove one of these includes."));
}

Node read_included(const Node& entry, const std::string& pointer, const std::string& including,
                   Chain& chain) {
  const auto* name = entry.text();
  if (!name || name->empty()) {
    throw Error(problem_at(entry.at, pointer, "manifest.020", "found " + brief_text(entry),
                           "expected the path of a manifest file"));
  }
  const auto path = beside(including, *name);
  std::error_code failure;
  if (!fs::exists(path, failure) || fs::is_directory(path, failure)) {
    throw Error(problem_at(entry.at, pointer, "manifest.022",
                           "there is no file \"" + path + "\" to include", "",
                           "Paths are relative to the file that includes."));
  }
  refuse_cycle(entry, pointer, path, chain);
  if (++chain.num_read > kMostFiles) {
    throw Error(problem_at(entry.at, pointer, "manifest.020",
                           "more than " + std::to_string(kMostFiles) + " files are included"));
  }
  return read_with_includes(path, chain);
}

Node read_with_includes(const std::string& path, Chain& chain) {
  auto own = read_json_file(path);
  if (!own.is_object()) {
    throw Error(problem_at(own.at, "", "manifest.010", "found a " + kind_name(own),
                           "expected an object: { ... }"));
  }
  const auto* list = own.find("include");
  if (!list) return own;
  if (!list->is_list()) {
    throw Error(problem_at(list->at, "/include", "manifest.020", "found " + brief_text(*list),
                           "expected a list of paths", "Write \"include\": [\"base.json\"]."));
  }
  chain.shown.push_back(path);
  chain.real.push_back(fs::weakly_canonical(path));
  Node merged = make_node(Node::Object{}, own.at);
  for (std::size_t i = 0; i < list->elements().size(); ++i) {
    const auto pointer = "/include/" + std::to_string(i);
    merged =
        merge_patch(std::move(merged), read_included(list->elements()[i], pointer, path, chain));
  }
  chain.shown.pop_back();
  chain.real.pop_back();
  own.erase("include");
  return merge_patch(std::move(merged), own);
}

}  // namespace

Node merge_patch(Node target, const Node& patch) {
  if (!patch.is_object()) return patch;
  if (!target.is_object()) target = make_node(Node::Object{}, patch.at);
  auto& members = std::get<Node::Object>(target.value);
  for (const auto& member : patch.members()) {
    if (member.value.is_null()) {
      target.erase(member.key);
    } else if (auto* found = target.member(member.key)) {
      found->at = member.at;
      found->value = merge_patch(std::move(found->value), member.value);
    } else {
      members.push_back({member.key, member.at, merge_patch({}, member.value)});
    }
  }
  if (!patch.members().empty()) target.at = patch.at;
  return target;
}

Node read_manifest(const std::string& path) {
  Chain chain;
  return read_with_includes(path, chain);
}

}  // namespace triptych::manifest
