// The ablation lattice: every switch changes the model, and no two cells are the same model.
#include <set>
#include <sstream>

#include "signature.h"
#include "triptych/compose/spec_source.h"
#include "triptych/manifest/plan.h"

namespace triptych::testing {
namespace {

constexpr const char* kLattice = TRIPTYCH_SOURCE_DIR "/experiments/ablations/lattice.json";

// The axis values in a label: "triple, spatial, decoded".
std::vector<std::string> values_of(const std::string& label) {
  std::vector<std::string> values;
  std::istringstream words(label);
  for (std::string word; std::getline(words >> std::ws, word, ',');) values.push_back(word);
  return values;
}

struct Cell {
  std::string label;
  std::vector<std::string> values;  // of the axes embedding, prompt, fusion
  Signature signature;
};

const std::vector<Cell>& cells() {
  static const auto all = [] {
    const compose::HostSpecs specs(plugins());
    std::vector<Cell> cells;
    for (const auto& point : manifest::load_plan(kLattice, {"seeds.count=1"}, specs).points) {
      if (point.role == manifest::Role::kSingleTask) continue;
      auto values = values_of(point.label);
      if (values.size() != 3) continue;  // a multi-task baseline
      cells.push_back({point.label, std::move(values),
                       signature_of(compose::check_contract(
                           manifest::from_canonical(point.manifest, specs), plugins()))});
    }
    return cells;
  }();
  return all;
}

TEST(Lattice, HasAtLeastTwelveCellsOnThreeAxes) {
  EXPECT_GE(cells().size(), 12u);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::set<std::string> values;
    for (const auto& cell : cells()) values.insert(cell.values[axis]);
    EXPECT_GE(values.size(), 3u) << "axis " << axis;
  }
}

TEST(Lattice, EverySwitchChangesParametersOrOperators) {
  int switches = 0;
  for (const auto& a : cells()) {
    for (const auto& b : cells()) {
      int differences = 0;
      for (std::size_t axis = 0; axis < 3; ++axis) differences += a.values[axis] != b.values[axis];
      if (differences != 1) continue;
      ++switches;
      EXPECT_NE(a.signature, b.signature) << a.label << " and " << b.label;
    }
  }
  EXPECT_GE(switches, 24);
}

TEST(Lattice, NoTwoCellsAreTheSameModel) {
  for (std::size_t i = 0; i < cells().size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(cells()[i].signature, cells()[j].signature)
          << cells()[i].label << " and " << cells()[j].label;
    }
  }
}

TEST(Lattice, HasBothKindsOfBaselineOnTheSameSeeds) {
  const compose::HostSpecs specs(plugins());
  std::map<std::string, std::set<std::int64_t>> seeds;
  for (const auto& point : manifest::load_plan(kLattice, {}, specs).points) {
    seeds[manifest::role_name(point.role)].insert(point.seed);
    // A cell that equals a baseline keeps its role and says what it serves as.
    for (const auto& use : point.serves_as) {
      seeds[manifest::role_name(use.role)].insert(point.seed);
    }
  }
  EXPECT_EQ(seeds["variant"], (std::set<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(seeds["single_task"], seeds["variant"]);
  EXPECT_EQ(seeds["multi_task"], seeds["variant"]);
}

}  // namespace
}  // namespace triptych::testing
