// Pages name files that are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace triptych::arch {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const fs::path kTree(TRIPTYCH_SOURCE_DIR);

std::vector<fs::path> pages() {
  std::vector<fs::path> found;
  for (const auto* name : {"README.md", "HACKING.md", "CONTRIBUTING.md", "STYLE.md"}) {
    found.push_back(kTree / name);
  }
  for (const auto& entry : fs::directory_iterator(kTree / "platform/docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

// The words between backticks of one line that begin with a top folder of the tree.
std::vector<std::string> paths_in(const std::string& line) {
  static const std::regex quoted("`([^`]+)`");
  static const std::regex path(
      R"((^|\s)((platform|plugins|tests|experiments|results|dashboard|cmake)/[^\s:,;]*))");
  std::vector<std::string> found;
  for (std::sregex_iterator span(line.begin(), line.end(), quoted), end; span != end; ++span) {
    const std::string text = (*span)[1];
    for (std::sregex_iterator word(text.begin(), text.end(), path); word != end; ++word) {
      found.push_back((*word)[2]);
    }
  }
  return found;
}

// Names no file: a pattern (<slot>, *, {a,b}), or a word in capitals that stands for another one.
bool is_pattern(const std::string& path) {
  static const std::regex capitals(R"(\b(NAME|NNNN|VERSION)\b)");
  return path.find_first_of("<*{$") != std::string::npos || std::regex_search(path, capitals);
}

// What the program writes into results/: databases, the files of their runs, and pages.
bool is_generated(const std::string& path) {
  static const std::regex generated(R"(results/[^/]+\.(db|runs|html)(/.*)?)");
  return std::regex_match(path, generated);
}

TEST(Docs, PathsAreTheWordsBetweenBackticksThatBeginWithATopFolder) {
  EXPECT_THAT(paths_in("see `tests/a.cpp`, `./dev test plugins/b` and tests/c or `src/tests/d`"),
              ElementsAre("tests/a.cpp", "plugins/b"));
  EXPECT_THAT(paths_in("at `platform/sdk/x.h:12` and `cmake/`"),
              ElementsAre("platform/sdk/x.h", "cmake/"));
}

TEST(Docs, NameFilesThatAreThere) {
  std::vector<std::string> missing;
  int num_paths = 0;
  for (const auto& page : pages()) {
    std::ifstream in(page);
    ASSERT_TRUE(in) << page;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      for (const auto& path : paths_in(line)) {
        if (is_pattern(path) || is_generated(path)) continue;
        ++num_paths;
        if (fs::exists(kTree / path)) continue;
        missing.push_back(fs::relative(page, kTree).string() + ":" + std::to_string(number) + ": " +
                          path);
      }
    }
  }
  EXPECT_THAT(missing, IsEmpty());
  EXPECT_GT(num_paths, 40) << "the pages are searched";
}

}  // namespace
}  // namespace triptych::arch
