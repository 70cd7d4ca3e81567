// Runs tests/cases/program/*.case: the program's words, and what it says. A case is a text file in
// sections:
//   # what it claims
//   --- FILE            a file of the case; tiny.json is always there
//   --- environment     NAME=VALUE lines
//   --- words           one call, one word per line; its expectations follow
//   --- exit            its exit code
//   --- stderr          exactly what it wrote there; the case's folder reads HERE
//   --- stdout          the same
// TRIPTYCH_UPDATE_CASES=1 rewrites the expected sections, for review with git diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "../cases/case_file.h"
#include "program.h"

namespace triptych::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(TRIPTYCH_SOURCE_DIR) / "tests/cases/program";

/// The case's folder is the working directory while it lives.
class Place {
 public:
  explicit Place(const Program& program) : folder_(program.folder()), before_(fs::current_path()) {
    fs::copy_file(Program::tiny(), folder_ / "tiny.json");
    fs::current_path(folder_);
  }
  ~Place() {
    fs::current_path(before_);
    for (const auto& name : set_) unsetenv(name.c_str());
  }

  void set(const std::string& line) {
    const auto equals = line.find('=');
    set_.push_back(line.substr(0, equals));
    setenv(set_.back().c_str(), line.substr(equals + 1).c_str(), 1);
  }
  void write(const std::string& name, const std::string& body) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << body;
  }
  [[nodiscard]] std::string shown(std::string text) const {
    return cases::replaced(cases::replaced(std::move(text), folder_.string(), "HERE"),
                           TRIPTYCH_BINARY_DIR, "BUILD");
  }

 private:
  fs::path folder_;
  fs::path before_;
  std::vector<std::string> set_;
};

std::string found_in(const Result& result, const std::string& title, const Place& place) {
  if (title == "exit") return std::to_string(result.code) + "\n";
  return place.shown(title == "stderr" ? result.err : result.out);
}

class ProgramCase : public testing::TestWithParam<std::string> {};

TEST_P(ProgramCase, SaysExactlyWhatIsExpected) {
  const auto path = kFolder / (GetParam() + ".case");
  auto sections = cases::read_sections(path);
  const Program program;
  Place place(program);
  const bool is_update = std::getenv("TRIPTYCH_UPDATE_CASES") != nullptr;
  Result result;
  for (auto& [title, body] : sections) {
    if (title == "words") {
      result = program.run(cases::lines_of(body));
    } else if (title == "environment") {
      for (const auto& line : cases::lines_of(body)) place.set(line);
    } else if (title == "exit" || title == "stderr" || title == "stdout") {
      const auto found = found_in(result, title, place);
      if (!is_update) EXPECT_EQ(found, body) << title << " of " << path << "\n" << result.err;
      body = found;
    } else if (title != "claim") {
      place.write(title, body);
    }
  }
  if (is_update) std::ofstream(path) << cases::text_of(sections);
}

INSTANTIATE_TEST_SUITE_P(Texts, ProgramCase, testing::ValuesIn(cases::names_in(kFolder)),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace triptych::cli
