// The arrows of the architecture: who may include whom, read from the #include lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "source_file.h"

namespace triptych::arch {
namespace {

using ::testing::IsEmpty;
using Parts = std::set<std::string>;

// Each part and what it may include. Arrows reach on: what a part includes may include more, as the
// public links do. "spec" is the part of the SDK without torch.
const std::map<std::string, Parts>& arrows() {
  static const std::map<std::string, Parts> table{
      {"spec", {}},
      {"sdk", {"spec"}},
      {"core", {"spec"}},
      {"metrics", {"core"}},
      {"store", {"core"}},
      {"manifest", {"spec", "core"}},
      {"host", {"sdk", "core"}},
      {"data", {"sdk", "core"}},
      {"compose", {"manifest", "host", "sdk"}},
      {"report", {"store", "core"}},
      {"train", {"compose", "data", "core", "sdk"}},
      {"measure", {"compose", "data", "core", "sdk"}},
      {"cli",
       {"train", "measure", "compose", "host", "data", "manifest", "report", "store", "metrics"}},
      {"plugins", {"sdk"}},
      {"plugins/task", {"sdk", "metrics"}},
      {"plugins/dataset", {"sdk", "data"}},
  };
  return table;
}

Parts reach(const std::string& part) {
  Parts all{part};
  for (const auto& next : arrows().at(part)) all.merge(reach(next));
  return all;
}

// Headers of triptych_spec; everything else of the SDK needs torch.
bool is_spec_header(const std::string& header) {
  static const Parts headers{"error.h", "spec.h", "params.h", "dims.h"};
  return headers.contains(header);
}

// "platform/sdk/spec/x.cpp" -> spec, "platform/train/x.cpp" -> train, "plugins/task/x.cpp".
std::string part_of_file(const std::filesystem::path& path) {
  auto word = path.begin();
  if (*word == "plugins") {
    const auto kind = "plugins/" + std::next(word)->string();
    return arrows().contains(kind) ? kind : "plugins";
  }
  const auto part = (++word)->string();
  if (part != "sdk") return part;
  const bool is_spec = path.parent_path().filename() == "spec" || is_spec_header(path.filename());
  return is_spec ? "spec" : "sdk";
}

// "triptych/host/x.h" -> host, "triptych/fusion.h" -> sdk, anything else -> "".
std::string part_of_include(const std::string& include) {
  const std::string root = "triptych/";
  if (!include.starts_with(root)) return "";
  const auto rest = include.substr(root.size());
  const auto slash = rest.find('/');
  if (slash == std::string::npos) return is_spec_header(rest) ? "spec" : "sdk";
  const auto folder = rest.substr(0, slash);
  return folder == "layers" ? "sdk" : folder;
}

std::vector<std::string> forbidden_arrows(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& file : source_files(folder)) {
    const auto part = part_of_file(file.path);
    if (!arrows().contains(part)) {
      found.push_back(file.path.string() + ": no such part in the table: " + part);
      continue;
    }
    const auto allowed = reach(part);
    for (const auto& include : file.includes) {
      const auto other = part_of_include(include.path);
      if (other.empty() || allowed.contains(other)) continue;
      found.push_back(file.path.string() + ":" + std::to_string(include.line) + ": " + part +
                      " includes " + include.path);
    }
  }
  return found;
}

// Files that include one of `prefixes`, outside of the parts that may.
std::vector<std::string> outsiders(const std::vector<std::string>& prefixes,
                                   const Parts& insiders) {
  std::vector<std::string> found;
  for (const auto* folder : {"platform", "plugins"}) {
    for (const auto& file : source_files(folder)) {
      if (insiders.contains(part_of_file(file.path))) continue;
      for (const auto& include : file.includes) {
        for (const auto& prefix : prefixes) {
          if (!include.path.starts_with(prefix)) continue;
          found.push_back(file.path.string() + ":" + std::to_string(include.line) + ": " +
                          include.path);
        }
      }
    }
  }
  return found;
}

TEST(Includes, of_the_platform_follow_the_arrows) {
  EXPECT_GT(source_files("platform").size(), 50u);
  EXPECT_THAT(forbidden_arrows("platform"), IsEmpty());
}

TEST(Includes, of_plugins_reach_the_sdk_only) {
  EXPECT_FALSE(source_files("plugins").empty());
  EXPECT_THAT(forbidden_arrows("plugins"), IsEmpty());
}

TEST(Includes, form_no_circle) {
  for (const auto& [part, nexts] : arrows()) {
    for (const auto& next : nexts) EXPECT_FALSE(reach(next).contains(part)) << part << ", " << next;
  }
}

TEST(Includes, of_torch_are_in_no_part_that_must_do_without) {
  EXPECT_THAT(
      outsiders({"torch/", "ATen/", "c10/"}, {"sdk", "host", "data", "compose", "train", "measure",
                                              "cli", "plugins", "plugins/task", "plugins/dataset"}),
      IsEmpty());
}

TEST(Includes, of_opencv_are_in_data_and_dataset_plugins) {
  EXPECT_THAT(outsiders({"opencv2/"}, {"data", "plugins/dataset"}), IsEmpty());
}

TEST(Includes, of_sqlite_are_in_the_store) {
  EXPECT_THAT(outsiders({"SQLiteCpp/", "sqlite3.h"}, {"store"}), IsEmpty());
}

TEST(Includes, of_boost_dll_are_in_the_host_but_for_the_alias) {
  for (const auto& found : outsiders({"boost/dll"}, {"host"})) {
    EXPECT_THAT(found, ::testing::EndsWith("boost/dll/alias.hpp"));
  }
}

TEST(Includes, of_sdk_headers_stay_light) {
  const std::vector<std::string> heavy{"torch/torch.h", "torch/all.h", "nlohmann/", "opencv2/",
                                       "SQLiteCpp/",    "sqlite3.h",   "boost/"};
  std::vector<std::string> found;
  for (const auto& file : source_files("platform/sdk/include")) {
    for (const auto& include : file.includes) {
      for (const auto& prefix : heavy) {
        if (include.path == "boost/dll/alias.hpp" || !include.path.starts_with(prefix)) continue;
        found.push_back(file.path.string() + ": " + include.path);
      }
    }
  }
  EXPECT_THAT(found, IsEmpty());
}

TEST(Headers, have_one_guard) {
  for (const auto* folder : {"platform", "plugins"}) {
    for (const auto& file : source_files(folder)) {
      if (file.path.extension() != ".h") continue;
      EXPECT_NE(file.code.find("#pragma once"), std::string::npos) << file.path;
    }
  }
}

TEST(WithoutComments, keeps_text_and_line_numbers) {
  EXPECT_EQ(without_comments("a // b\nc /* d\n e */ f"), "a \nc \n f");
  EXPECT_EQ(without_comments(R"("// no comment" 'x' "\"//")"), R"("// no comment" 'x' "\"//")");
}

}  // namespace
}  // namespace triptych::arch
