#pragma once

// What a finished run left in the store, ready to be scored again.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/store/store.h"

namespace triptych::cli {

/// The per-image statistics of one task.
struct StoredTask {
  std::string name;                         ///< as in the manifest
  std::string use;                          ///< task plugin
  nlohmann::json params;                    ///< of the manifest and its protocol, the latter first
  std::string variant;                      ///< that its stored final metrics were computed under
  bool is_complete = false;                 ///< every image is there and numbered
  std::vector<metrics::Statistics> images;  ///< in the order of the set
};

struct StoredRun {
  std::string run_id, study, label;
  std::string split;              ///< that the statistics are of
  std::vector<StoredTask> tasks;  ///< in the order of the manifest
};

/// Throws triptych::Error store.005 (no such run), evaluate.010 (a run without statistics).
[[nodiscard]] StoredRun read_run(const store::Store& store, const std::string& run);

/// A number or text of the task's parameters, or `otherwise`.
template <class T>
T param(const StoredTask& task, const char* name, T otherwise) {
  const auto found = task.params.find(name);
  return found == task.params.end() || found->is_null() ? otherwise : found->get<T>();
}

}  // namespace triptych::cli
