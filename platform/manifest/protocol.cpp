#include "triptych/manifest/protocol.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "triptych/core/hash.h"
#include "triptych/core/paths.h"
#include "triptych/manifest/reader.h"
#include "values.h"

namespace triptych::manifest {

namespace fs = std::filesystem;

const ProtocolTask* Protocol::task(const std::string& task_name) const {
  for (const auto& candidate : tasks) {
    if (candidate.name == task_name) return &candidate;
  }
  return nullptr;
}

const Split* Protocol::split(const std::string& split_name) const {
  for (const auto& candidate : splits) {
    if (candidate.name == split_name) return &candidate;
  }
  return nullptr;
}

std::vector<std::string> Protocol::task_names() const {
  std::vector<std::string> names;
  for (const auto& candidate : tasks) names.push_back(candidate.name);
  return names;
}

namespace {

// Reads the document, collecting every fault.
class ProtocolReader {
 public:
  explicit ProtocolReader(const Node& document) : document_(document) {}

  Protocol read() {
    if (!document_.is_object()) {
      fail(document_, "", "an object");
    } else {
      read_head();
      read_data();
      read_splits();
      read_tasks();
    }
    if (!problems_.empty()) throw Error(std::move(problems_));
    protocol_.document = document_;
    auto hashed = document_;
    hashed.erase("summary");
    protocol_.canonical = canonical_text(hashed, KeyOrder::kSorted);
    protocol_.hash = core::sha256_hex(protocol_.canonical);
    return std::move(protocol_);
  }

 private:
  void fail(const Node& node, const std::string& pointer, const std::string& expected) {
    problems_.push_back(problem_at(node.at, pointer, "manifest.111",
                                   "faulty protocol: found " + brief_text(node),
                                   "expected " + expected));
  }

  void fail_missing(const Node& parent, const std::string& pointer, const std::string& key) {
    problems_.push_back(problem_at(parent.at, pointer, "manifest.111",
                                   "faulty protocol: the key \"" + key + "\" is missing"));
  }

  template <class T>
  void read_value_of(const Node& parent, const std::string& pointer, const std::string& key,
                     ParamType type, bool is_required, T& out) {
    const auto* node = parent.find(key);
    if (!node) {
      if (is_required) fail_missing(parent, pointer, key);
      return;
    }
    const auto value = to_value(*node, type);
    if (value)
      out = std::get<typename Stored<T>::type>(*value);
    else
      fail(*node, child_pointer(pointer, key), "a value of the type " + type_name(type));
  }

  template <class T>
  struct Stored {
    using type = T;
  };
  template <class T>
  struct Stored<std::optional<T>> {
    using type = T;
  };

  void refuse_unknown(const Node& node, const std::string& pointer,
                      const std::vector<std::string>& known) {
    for (const auto& member : node.members()) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      problems_.push_back(problem_at(member.at, child_pointer(pointer, member.key), "manifest.111",
                                     "faulty protocol: unknown key", "known here: " + join(known),
                                     did_you_mean(member.key, known)));
    }
  }

  const Node* object(const Node& parent, const std::string& pointer, const std::string& key,
                     bool is_required) {
    const auto* node = parent.find(key);
    if (!node && is_required) fail_missing(parent, pointer, key);
    if (!node || node->is_object()) return node;
    fail(*node, child_pointer(pointer, key), "an object");
    return nullptr;
  }

  void read_head() {
    refuse_unknown(document_, "",
                   {"$schema", "name", "version", "summary", "data", "image", "splits", "train",
                    "selection", "evaluation", "tasks"});
    read_value_of(document_, "", "name", ParamType::kText, true, protocol_.name);
    read_value_of(document_, "", "version", ParamType::kInteger, true, protocol_.version);
    read_value_of(document_, "", "summary", ParamType::kText, false, protocol_.summary);
    const auto* image = object(document_, "", "image", true);
    if (!image) return;
    refuse_unknown(*image, "/image", {"height", "width"});
    for (const auto& [key, size] :
         {std::pair("height", &protocol_.height), std::pair("width", &protocol_.width)}) {
      read_value_of(*image, "/image", key, ParamType::kInteger, true, *size);
      const auto* node = image->find(key);
      if (node && std::holds_alternative<std::int64_t>(node->value) && *size < 1) {
        fail(*node, child_pointer("/image", key), "at least 1 pixel");
      }
    }
  }

  std::map<std::string, ParamValue> values_of(const Node& node, const std::string& pointer) {
    std::map<std::string, ParamValue> values;
    for (const auto& member : node.members()) {
      if (member.key == "use") continue;
      if (auto value = natural_value(member.value))
        values[member.key] = std::move(*value);
      else
        fail(member.value, child_pointer(pointer, member.key), "a value or a list of values");
    }
    return values;
  }

  void read_data() {
    const auto* data = object(document_, "", "data", true);
    if (!data) return;
    read_value_of(*data, "/data", "use", ParamType::kText, true, protocol_.dataset);
    protocol_.dataset_params = values_of(*data, "/data");
  }

  void read_splits() {
    const auto* splits = object(document_, "", "splits", true);
    if (!splits) return;
    for (const auto& member : splits->members()) {
      const auto pointer = child_pointer("/splits", member.key);
      Split split{member.key, {}, {}};
      if (!member.value.is_object()) {
        fail(member.value, pointer, "an object with count and seed");
      } else {
        refuse_unknown(member.value, pointer, {"count", "seed"});
        read_value_of(member.value, pointer, "count", ParamType::kInteger, false, split.count);
        read_value_of(member.value, pointer, "seed", ParamType::kInteger, false, split.seed);
      }
      if (split.count && *split.count < 1) {
        fail(*member.value.find("count"), pointer + "/count", "at least 1 sample");
      }
      protocol_.splits.push_back(std::move(split));
    }
    for (const auto& [key, split] : {std::pair("train", &protocol_.train_split),
                                     std::pair("selection", &protocol_.selection_split),
                                     std::pair("evaluation", &protocol_.evaluation_split)}) {
      read_value_of(document_, "", key, ParamType::kText, false, *split);
      if (protocol_.split(*split)) continue;
      const auto* node = document_.find(key);
      fail(node ? *node : make_node(*split, splits->at), std::string("/") + key,
           "the name of a split");
    }
  }

  void read_tasks() {
    const auto* tasks = object(document_, "", "tasks", true);
    if (!tasks) return;
    for (const auto& member : tasks->members()) {
      const auto pointer = child_pointer("/tasks", member.key);
      ProtocolTask task{member.key, member.key, {}};
      if (!member.value.is_object()) {
        fail(member.value, pointer, "an object with the fixed parameters of the task");
        continue;
      }
      read_value_of(member.value, pointer, "use", ParamType::kText, false, task.use);
      task.params = values_of(member.value, pointer);
      protocol_.tasks.push_back(std::move(task));
    }
  }

  const Node& document_;
  Protocol protocol_;
  std::vector<Problem> problems_;
};

void add_folder(std::vector<std::string>& folders, const fs::path& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) return;
  const auto real = fs::weakly_canonical(folder, failure).string();
  if (std::find(folders.begin(), folders.end(), real) == folders.end()) folders.push_back(real);
}

void add_ancestors(std::vector<std::string>& folders, fs::path folder) {
  folder = folder.lexically_normal();
  while (true) {
    add_folder(folders, folder / "experiments" / "protocols");
    add_folder(folders, folder.filename() == "experiments" ? folder / "protocols" : fs::path());
    if (!folder.has_relative_path()) return;
    folder = folder.parent_path();
  }
}

}  // namespace

Protocol protocol_from(const Node& document) { return ProtocolReader(document).read(); }

std::vector<std::string> protocol_folders(const std::string& manifest_path) {
  std::vector<std::string> folders;
  if (const auto path = core::environment_variable("TRIPTYCH_PROTOCOL_PATH")) {
    std::size_t start = 0;
    while (start <= path->size()) {
      const auto end = std::min(path->find(':', start), path->size());
      if (end > start) add_folder(folders, path->substr(start, end - start));
      start = end + 1;
    }
  }
  if (!manifest_path.empty()) add_ancestors(folders, fs::absolute(manifest_path).parent_path());
  add_ancestors(folders, fs::current_path());
  if (const auto root = core::checkout_root()) add_folder(folders, *root / "experiments/protocols");
  const auto program = core::executable_dir();
  add_ancestors(folders, program);
  add_folder(folders, program / ".." / "share" / "triptych" / "protocols");
  return folders;
}

std::vector<std::string> protocol_ids(const std::vector<std::string>& folders) {
  std::set<std::string> ids;
  std::error_code failure;
  for (const auto& folder : folders) {
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
      for (const auto& file : fs::directory_iterator(entry.path(), failure)) {
        if (file.path().extension() != ".json") continue;
        ids.insert(entry.path().filename().string() + "/" + file.path().stem().string());
      }
    }
  }
  return {ids.begin(), ids.end()};
}

Protocol load_protocol(const std::string& id, const std::vector<std::string>& folders) {
  const bool is_inside = id.find("..") == std::string::npos && !id.starts_with('/');
  for (const auto& folder : folders) {
    const auto path = fs::path(folder) / (id + ".json");
    std::error_code failure;
    if (!is_inside || !fs::is_regular_file(path, failure)) continue;
    auto protocol = protocol_from(read_json_file(path.string()));
    protocol.file = path.string();
    if (protocol.id() == id) return protocol;
    throw Error(Problem{.code = "manifest.111",
                        .message = "faulty protocol: it calls itself \"" + protocol.id() + "\"",
                        .file = path.string(),
                        .expected = "expected \"" + id + "\", as the path says"});
  }
  const auto ids = protocol_ids(folders);
  const auto nearest = did_you_mean(id, ids);
  throw Error(Problem{.code = "manifest.110",
                      .message = "there is no protocol \"" + id + "\"",
                      .expected = "there are: " + join(ids),
                      .suggestion = nearest.empty()
                                        ? "A new one is experiments/protocols/NAME/VERSION.json."
                                        : nearest});
}

}  // namespace triptych::manifest
