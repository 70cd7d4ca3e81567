#include "triptych/host/search_path.h"

#include <gmock/gmock.h>

#include "fixture.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SearchPathTest : public HostTest {};

std::vector<std::string> titles(const std::vector<PluginFile>& files) {
  std::vector<std::string> all;
  for (const auto& file : files) all.push_back(file.title());
  return all;
}

TEST_F(SearchPathTest, FindsBothLayoutsSortedByKindAndName) {
  write("fusion/b.so", "");
  write("fusion/a.so", "");
  write("embedding.patch.so", "");
  write("task/depth.so", "");
  EXPECT_THAT(titles(find_plugins({folder_})),
              ElementsAre("embedding 'patch'", "fusion 'a'", "fusion 'b'", "task 'depth'"));
}

TEST_F(SearchPathTest, TheFirstFolderThatHasAPluginWins) {
  write("one/fusion/a.so", "");
  write("two/fusion.a.so", "");
  write("two/fusion/b.so", "");
  const auto files = find_plugins({folder_ / "one", folder_ / "two"});
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].file, folder_ / "one/fusion/a.so");
  EXPECT_EQ(files[1].file, folder_ / "two/fusion/b.so");
}

TEST_F(SearchPathTest, OtherFilesAreNoPlugins) {
  write("fusion/notes.txt", "");
  write("fusion/old.so.bak", "");
  write("doc/manual.txt", "");
  write("doc/deep/manual.so", "");
  EXPECT_TRUE(find_plugins({folder_}).empty());
}

TEST_F(SearchPathTest, AMisspeltSlotFolderIsNamedWithTheNearestSlot) {
  write("fusions/a.so", "");
  const auto files = find_plugins({folder_});
  ASSERT_EQ(files.size(), 1U);
  EXPECT_THAT(files[0].layout_problem, HasSubstr("neither its folder nor its file name"));
  EXPECT_THAT(files[0].layout_remedy, HasSubstr("Did you mean \"fusion\"?"));
}

TEST_F(SearchPathTest, ALibraryInAnyOtherFolderIsShownAndFillsNoSlot) {
  write("xyz/gated.so", "");
  write("xyz/head.conv.so", "");
  write("fusion/gated.so", "");
  const auto files = find_plugins({folder_});
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].title(), "fusion 'gated'");
  EXPECT_EQ(files[1].file, folder_ / "xyz/gated.so");
  EXPECT_EQ(files[2].file, folder_ / "xyz/head.conv.so");
  for (const auto& file : {files[1], files[2]}) {
    EXPECT_EQ(file.slot, "");
    EXPECT_THAT(file.layout_problem, HasSubstr("folder"));
    EXPECT_THAT(file.layout_remedy, HasSubstr("slots: embedding, encoder"));
  }
}

TEST_F(SearchPathTest, AFlatFileWithoutASlotIsNamed) {
  write("fuson.a.so", "");
  write("gated.so", "");
  const auto files = find_plugins({folder_});
  ASSERT_EQ(files.size(), 2U);
  EXPECT_THAT(files[0].layout_problem, HasSubstr("\"fuson\""));
  EXPECT_THAT(files[0].layout_remedy, HasSubstr("Did you mean \"fusion\"?"));
  EXPECT_THAT(files[1].layout_remedy, HasSubstr("DIR/<slot>/<name>.so"));
}

TEST_F(SearchPathTest, TheOrderIsGivenEnvironmentManifestProgramUser) {
  fs::create_directories(folder_ / "given");
  setenv("TRIPTYCH_PLUGIN_PATH", ":/first::/second:", 1);
  setenv("XDG_DATA_HOME", "/data", 1);
  auto path = default_search_path({folder_ / "given"});
  path.manifest = {"/manifest"};
  const auto folders = path.folders();
  const fs::path base = fs::path(TRIPTYCH_BINARY_DIR);  // this program lies in <build>/tests
  EXPECT_THAT(folders,
              ElementsAre(folder_ / "given", "/first", "/second", "/manifest", base / "plugins",
                          base / "lib/triptych/plugins", "/data/triptych/plugins"));
}

TEST_F(SearchPathTest, AGivenFolderThatIsNotThereIsAnError) {
  const auto problem =
      problem_of([&] { static_cast<void>(default_search_path({folder_ / "none"})); });
  EXPECT_EQ(problem.code, "host.001");
  EXPECT_THAT(problem.message, HasSubstr("none"));
}

TEST_F(SearchPathTest, ASingleFileTellsItsSlotByNameOrFolder) {
  EXPECT_EQ(plugin_file("/x/fusion/gated.so").title(), "fusion 'gated'");
  EXPECT_EQ(plugin_file("/x/head/fusion.gated.so").title(), "fusion 'gated'");
  EXPECT_FALSE(plugin_file("/x/y/gated.so").layout_problem.empty());
}

}  // namespace
}  // namespace triptych::host
