// Error codes: what the sources say, what platform/docs/errors.d lists and what tests provoke are
// the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "source_file.h"

namespace triptych::arch {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

const fs::path kTree(TRIPTYCH_SOURCE_DIR);

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Codes are words of an area, a dot and three digits.
std::set<std::string> codes_in(const std::string& text) {
  static const std::regex pattern(
      R"(\b(usage|internal|manifest|contract|host|module|plugin|data|train|store|report|metrics)"
      R"(|evaluate|core)\.[0-9]{3}\b)");
  return {std::sregex_token_iterator(text.begin(), text.end(), pattern),
          std::sregex_token_iterator()};
}

std::set<std::string> codes_of_sources(const std::vector<std::string>& folders) {
  std::set<std::string> codes;
  for (const auto& folder : folders) {
    for (const auto& file : source_files(folder)) codes.merge(codes_in(file.code));
  }
  return codes;
}

std::set<std::string> listed() {
  std::set<std::string> codes;
  for (const auto& entry : fs::directory_iterator(kTree / "platform/docs/errors.d")) {
    codes.merge(codes_in(content_of(entry.path())));
  }
  return codes;
}

std::vector<std::string> missing(const std::set<std::string>& of, const std::set<std::string>& in) {
  std::vector<std::string> codes;
  std::set_difference(of.begin(), of.end(), in.begin(), in.end(), std::back_inserter(codes));
  return codes;
}

TEST(Codes, AreListedWithAMeaning) {
  EXPECT_THAT(missing(codes_of_sources({"platform", "plugins"}), listed()), IsEmpty());
}

TEST(Codes, ThatAreListedAreSaidSomewhere) {
  EXPECT_THAT(missing(listed(), codes_of_sources({"platform", "plugins"})), IsEmpty());
}

// internal.*: faults of our own; an input that provokes one is a bug to mend.
TEST(Codes, AreProvokedByTests) {
  auto wanted = listed();
  std::erase_if(wanted, [](const std::string& code) { return code.starts_with("internal."); });
  auto named = codes_of_sources({"tests"});
  for (const auto& entry : fs::recursive_directory_iterator(kTree / "tests/cases")) {
    if (entry.path().extension() == ".case") named.merge(codes_in(content_of(entry.path())));
  }
  EXPECT_THAT(missing(wanted, named), IsEmpty());
}

TEST(Codes, HaveAnAreaThatTheIndexNames) {
  const auto index = content_of(kTree / "platform/docs/errors.md");
  for (const auto& entry : fs::directory_iterator(kTree / "platform/docs/errors.d")) {
    EXPECT_NE(index.find("errors.d/" + entry.path().filename().string()), std::string::npos);
  }
}

}  // namespace
}  // namespace triptych::arch
