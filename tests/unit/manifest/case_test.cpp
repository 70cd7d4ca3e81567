// Runs tests/cases/manifest/*.case. A case is a text file in sections:
//   # what it claims
//   --- FILE            a file of the case; the first is the manifest
//   --- command line    one override per line
//   --- problems        exact expected output of `check`, one problem per line
//   --- warnings        the same for warnings
//   --- plan            role | label | seed of every point, in order
//   --- values          /pointer = JSON, looked up in the first point's manifest
// Files base.json and protocol toy/1 are always there. TRIPTYCH_UPDATE_CASES=1 rewrites the
// expected sections, for review with git diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "../../cases/case_file.h"
#include "toy_specs.h"
#include "triptych/manifest/plan.h"
#include "triptych/manifest/reader.h"

namespace triptych::manifest {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(TRIPTYCH_SOURCE_DIR) / "tests/cases/manifest";

bool is_expectation(const std::string& title) {
  return title == "problems" || title == "warnings" || title == "plan" || title == "values";
}

std::vector<std::string> filled_lines_of(const std::string& body) {
  auto lines = cases::lines_of(body);
  std::erase(lines, "");
  return lines;
}

std::string texts(const std::vector<Problem>& problems) {
  std::string out;
  for (const auto& problem : problems) out += problem.text() + "\n";
  return out;
}

std::string plan_text(const Plan& plan) {
  std::string out;
  for (const auto& point : plan.points) {
    out += role_name(point.role) + " | " + point.label + " | " + std::to_string(point.seed) + "\n";
  }
  return out;
}

const Node* at_pointer(const Node& tree, const std::string& pointer) {
  const Node* node = &tree;
  std::istringstream parts(pointer.substr(1));
  for (std::string part; node && std::getline(parts, part, '/');) {
    const auto* next = node->find(part);
    if (!next && node->is_list() && std::stoul(part) < node->elements().size()) {
      next = &node->elements()[std::stoul(part)];
    }
    node = next;
  }
  return node;
}

// The expected section with the values that there are.
std::string values_text(const Planned& planned, const std::string& expected) {
  if (planned.plan.points.empty()) return "no plan\n";
  const auto tree = parse_json(planned.plan.points.front().manifest, "point");
  std::string out;
  for (const auto& line : filled_lines_of(expected)) {
    const auto pointer = line.substr(0, line.find(" = "));
    const auto* node = at_pointer(tree, pointer);
    out += pointer + " = " + (node ? brief_text(*node, 1000) : "absent") + "\n";
  }
  return out;
}

// A folder of its own for one case; the working directory while it lives.
class CaseFolder {
 public:
  explicit CaseFolder(const std::string& name)
      : before_(fs::current_path()),
        folder_(fs::temp_directory_path() / ("triptych_case_" + name + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "experiments");
    fs::copy(kFolder / "protocols", folder_ / "experiments/protocols", fs::copy_options::recursive);
    fs::copy(kFolder / "base.json", folder_ / "base.json");
    fs::current_path(folder_);
  }
  ~CaseFolder() {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }
  void write(const std::string& name, const std::string& body) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << body;
  }
  // The folder's name differs from run to run, expected texts do not.
  std::string shorten(std::string text) const {
    return cases::replaced(std::move(text), folder_.string(), "HERE");
  }

 private:
  fs::path before_;
  fs::path folder_;
};

class ManifestCase : public testing::TestWithParam<std::string> {};

TEST_P(ManifestCase, GivesExactlyTheExpectedOutput) {
  const auto path = kFolder / (GetParam() + ".case");
  auto sections = cases::read_sections(path);
  const CaseFolder folder(GetParam());
  std::string manifest;
  std::vector<std::string> overrides;
  for (const auto& [title, body] : sections) {
    if (title == "command line")
      overrides = filled_lines_of(body);
    else if (title != "claim" && !is_expectation(title)) {
      if (manifest.empty()) manifest = title;
      if (!title.starts_with("missing "))
        folder.write(title, body);
      else
        manifest = title.substr(8);
    }
  }
  PlanOptions options;
  options.protocol_folders = {"experiments/protocols"};  // not those of the checkout
  const auto planned = plan_study(manifest, overrides, ToySpecs(), options);
  for (auto& [title, body] : sections) {
    std::string found;
    if (title == "problems")
      found = texts(shown(planned.problems));
    else if (title == "warnings")
      found = texts(planned.warnings);
    else if (title == "plan")
      found = plan_text(planned.plan);
    else if (title == "values")
      found = values_text(planned, body);
    if (is_expectation(title)) {
      found = folder.shorten(found);
      if (!std::getenv("TRIPTYCH_UPDATE_CASES")) EXPECT_EQ(found, body) << title << " of " << path;
      body = found;
    }
  }
  if (std::getenv("TRIPTYCH_UPDATE_CASES")) std::ofstream(path) << cases::text_of(sections);
  const bool expects_problems =
      std::any_of(sections.begin(), sections.end(),
                  [](const cases::Section& s) { return s.title == "problems"; });
  if (!expects_problems) EXPECT_EQ(texts(planned.problems), "");
}

INSTANTIATE_TEST_SUITE_P(Texts, ManifestCase, testing::ValuesIn(cases::names_in(kFolder)),
                         [](const auto& info) { return info.param; });

TEST(ManifestCases, AreAtLeastFortyFive) { EXPECT_GE(cases::names_in(kFolder).size(), 45u); }

}  // namespace
}  // namespace triptych::manifest
