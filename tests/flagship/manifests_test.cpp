// The manifests that the repository ships hold: words, values, and the contract of every model.
#include <filesystem>
#include <set>

#include "../contract/fixture.h"
#include "triptych/compose/spec_source.h"
#include "triptych/manifest/plan.h"

namespace triptych::testing {
namespace {

std::vector<std::string> shipped_manifests() {
  const std::set<std::string> no_manifests{"protocols", "schema"};
  std::vector<std::string> files;
  for (const auto& folder :
       std::filesystem::directory_iterator(TRIPTYCH_SOURCE_DIR "/experiments")) {
    if (no_manifests.contains(folder.path().filename().string())) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

class ShippedManifest : public ::testing::TestWithParam<std::string> {};

TEST_P(ShippedManifest, HoldsWithEveryModelOfItsStudy) {
  const compose::HostSpecs specs(plugins());
  const auto plan = manifest::load_plan(GetParam(), {"seeds.count=1"}, specs);
  ASSERT_FALSE(plan.points.empty());
  for (const auto& point : plan.points) {
    EXPECT_NO_THROW(
        (void)compose::check_contract(manifest::from_canonical(point.manifest, specs), plugins()))
        << point.label;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedManifest, ::testing::ValuesIn(shipped_manifests()),
                         [](const auto& info) {
                           const std::filesystem::path file(info.param);
                           return file.parent_path().filename().string() + "_" +
                                  file.stem().string();
                         });

}  // namespace
}  // namespace triptych::testing
