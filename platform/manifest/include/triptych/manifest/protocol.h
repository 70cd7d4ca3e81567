#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "triptych/manifest/node.h"
#include "triptych/params.h"

namespace triptych::manifest {

/// The samples of one split. For a procedural data set `count` samples made from `seed`; for files
/// on disk both are absent and the data set's own lists count.
struct Split {
  std::string name;
  std::optional<std::int64_t> count;
  std::optional<std::int64_t> seed;
};

/// What the protocol fixes for one task.
struct ProtocolTask {
  std::string name;  ///< key of `tasks` in manifests
  std::string use;   ///< task plugin; the name unless the file says otherwise
  /// Params of the task plugin that a manifest may not change: classes, ranges, ignore label, the
  /// variant of the metrics.
  std::map<std::string, ParamValue> params;
};

/// The exact, versioned rules under which a number is valid.
///
/// File `<folder>/<name>/<version>.json`:
///   {"name": "streets-small", "version": 1, "summary": "...",
///    "data": {"use": "streets", ...params},               // fixed params of the data set
///    "image": {"height": 96, "width": 192},               // what models see, in pixels
///    "splits": {"train": {"count": 1000, "seed": 1}, "val": {...}, "test": {...}},
///    "train": "train", "selection": "val", "evaluation": "test",      // which split serves for
///    what "tasks": {"semseg": {"classes": 19, "variant": "official"}, ...}}  // fixed params
///    beside "use"
struct Protocol {
  std::string name;  ///< "streets-small"
  std::int64_t version = 1;
  std::string summary;
  std::string dataset;  ///< dataset plugin
  std::map<std::string, ParamValue> dataset_params;
  std::int64_t height = 0;  ///< pixels
  std::int64_t width = 0;   ///< pixels
  std::vector<Split> splits;
  std::string train_split = "train";
  std::string selection_split = "val";    ///< for `select` and curves
  std::string evaluation_split = "test";  ///< for final metrics
  std::vector<ProtocolTask> tasks;

  std::string file;       ///< where it was read from; "" when embedded in a stored manifest
  Node document;          ///< the file itself, as stored with every run
  std::string canonical;  ///< canonical JSON of the whole file without "summary"
  std::string hash;       ///< hex SHA-256 of `canonical`

  [[nodiscard]] std::string id() const { return name + "/" + std::to_string(version); }
  [[nodiscard]] const ProtocolTask* task(const std::string& task_name) const;
  [[nodiscard]] const Split* split(const std::string& split_name) const;
  [[nodiscard]] std::vector<std::string> task_names() const;
};

/// Folders that may hold protocols, in search order: TRIPTYCH_PROTOCOL_PATH (separated by ':'),
/// `experiments/protocols` beside each ancestor of `manifest_path`, of the working directory and of
/// the program, and `<program>/../share/triptych/protocols`. Only folders that exist.
[[nodiscard]] std::vector<std::string> protocol_folders(const std::string& manifest_path = "");

/// Loads "streets/1". Throws Error: manifest.110 not found (with those that are), .111 faulty file
/// (all faults at once).
[[nodiscard]] Protocol load_protocol(const std::string& id,
                                     const std::vector<std::string>& folders);

/// From a parsed file. Throws Error manifest.111.
[[nodiscard]] Protocol protocol_from(const Node& document);

/// Ids of all protocols in the folders, sorted: "camvid/1", "streets/1".
[[nodiscard]] std::vector<std::string> protocol_ids(const std::vector<std::string>& folders);

}  // namespace triptych::manifest
