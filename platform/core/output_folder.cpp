#include "triptych/core/output_folder.h"

#include <system_error>

#include <triptych/error.h>

namespace triptych::core {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const fs::path& path) {
  std::error_code error;
  for (fs::path folder = path; !folder.empty() && !fs::exists(folder, error);) {
    if (folder.has_filename()) made_.push_back(folder);  // "a/" is "a"
    folder = folder.parent_path();
  }
  error.clear();
  fs::create_directories(path, error);
  if (!error) return;
  remove_empty();
  throw Error("core.002", path.string(), "the folder cannot be made: " + error.message(),
              "Name another folder, or check the permissions.");
}

OutputFolder::~OutputFolder() { remove_empty(); }

void OutputFolder::remove_empty() const {
  std::error_code ignored;  // a folder that is not empty stays
  for (const auto& folder : made_) {
    if (fs::is_directory(folder, ignored)) fs::remove(folder, ignored);
  }
}

}  // namespace triptych::core
