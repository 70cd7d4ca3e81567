#pragma once

#include <filesystem>
#include <vector>

namespace triptych::core {

/// A folder for results, made with its parents where they are missing. Those that it made and that
/// are still empty when it goes are removed: a full disk leaves no empty folder behind. Throws
/// Error core.002 when the folder cannot be made.
class OutputFolder {
 public:
  explicit OutputFolder(const std::filesystem::path& path);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  void remove_empty() const;

  std::vector<std::filesystem::path> made_;  // the innermost first
};

}  // namespace triptych::core
