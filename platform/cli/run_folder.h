#pragma once

#include <filesystem>
#include <string>

namespace triptych::cli {

/// Where a run's checkpoints and weights lie: `<database without .db>.runs/<run_id>` beside the
/// database, so that a database and its files are copied together.
[[nodiscard]] inline std::filesystem::path run_folder(const std::filesystem::path& database,
                                                      const std::string& run_id) {
  auto folder = database;
  folder.replace_extension(".runs");
  return folder / run_id;
}

/// The weights that a finished run leaves.
[[nodiscard]] inline std::filesystem::path run_weights(const std::filesystem::path& database,
                                                       const std::string& run_id) {
  return run_folder(database, run_id) / "weights.safetensors";
}

}  // namespace triptych::cli
