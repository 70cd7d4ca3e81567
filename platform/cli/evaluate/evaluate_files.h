#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace triptych::cli {

/// Regular files below `root` whose name ends in `suffix`, sorted by path. Folder links are not
/// followed. Throws triptych::Error evaluate.001 when `root` is no folder that can be read.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& root,
                                                             std::string_view suffix);
/// The same, of the folder itself only.
[[nodiscard]] std::vector<std::filesystem::path> files_in(const std::filesystem::path& root,
                                                          std::string_view suffix);

}  // namespace triptych::cli
