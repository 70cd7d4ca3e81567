#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace triptych::arch {

/// One `#include` line.
struct Include {
  std::string path;  ///< between the quotes or brackets
  int line = 0;      ///< 1-based
};

/// A source or header of the tree.
struct SourceFile {
  std::filesystem::path path;  ///< relative to the tree, with '/'
  std::string code;            ///< without comments; line breaks are kept
  std::vector<Include> includes;
};

/// All *.h, *.cpp and *.cu files under `folder` (relative to the tree), sorted.
[[nodiscard]] std::vector<SourceFile> source_files(const std::string& folder);

/// `code` without // and /* */ comments; text inside quotes is left alone.
[[nodiscard]] std::string without_comments(const std::string& code);

}  // namespace triptych::arch
