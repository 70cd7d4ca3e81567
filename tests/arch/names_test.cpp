// No special case for a plugin: the parts that wire and run modules name none of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "source_file.h"

namespace triptych::arch {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::IsEmpty;

// Names of all plugins of the five module slots in the tree, fixtures included: a file, or a folder
// where one file would be too long.
std::set<std::string> plugin_names() {
  std::set<std::string> names;
  for (const auto* root : {"plugins", "tests/contract/plugins"}) {
    for (const auto* slot : {"embedding", "encoder", "prompt", "fusion", "head"}) {
      const auto folder = fs::path(TRIPTYCH_SOURCE_DIR) / root / slot;
      if (!fs::is_directory(folder)) continue;
      for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().filename() == "CMakeLists.txt") continue;
        names.insert(entry.path().stem().string());
      }
    }
  }
  return names;
}

TEST(Names, of_module_plugins_stand_in_no_part_that_wires_or_runs_them) {
  const auto names = plugin_names();
  ASSERT_THAT(names, Contains("cross_stitch"));
  std::vector<std::string> found;
  for (const auto* part : {"host", "compose", "data", "train", "measure", "manifest", "cli"}) {
    const auto folder = std::string("platform/") + part;
    if (!fs::is_directory(fs::path(TRIPTYCH_SOURCE_DIR) / folder)) continue;
    for (const auto& file : source_files(folder)) {
      for (const auto& name : names) {
        if (file.code.find('"' + name + '"') == std::string::npos) continue;
        found.push_back(file.path.string() + ": \"" + name + '"');
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

}  // namespace
}  // namespace triptych::arch
