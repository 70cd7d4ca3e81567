#include "evaluate_files.h"

#include <algorithm>

#include "triptych/error.h"

namespace triptych::cli {

namespace fs = std::filesystem;

namespace {

template <class Iterator>
std::vector<fs::path> files(const fs::path& root, std::string_view suffix) {
  std::error_code error;
  std::vector<fs::path> out;
  Iterator at(root, fs::directory_options::none, error);
  for (; !error && at != Iterator(); at.increment(error)) {
    std::error_code ignored;  // an entry that vanished is no file
    if (!at->is_regular_file(ignored)) continue;
    if (at->path().filename().string().ends_with(suffix)) out.push_back(at->path());
  }
  if (error) {
    throw Error(Problem{.code = "evaluate.001",
                        .message = "the folder cannot be read: " + error.message(),
                        .file = root.string(),
                        .expected = "expected a folder"});
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::vector<fs::path> files_below(const fs::path& root, std::string_view suffix) {
  return files<fs::recursive_directory_iterator>(root, suffix);
}

std::vector<fs::path> files_in(const fs::path& root, std::string_view suffix) {
  return files<fs::directory_iterator>(root, suffix);
}

}  // namespace triptych::cli
