#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "toy_specs.h"
#include "triptych/manifest/plan.h"

// What tests of plans share: studies of tests/cases/manifest/base.json under the protocol toy/1.

namespace triptych::manifest {

using Overrides = std::vector<std::string>;

inline const std::string kCases = std::string(TRIPTYCH_SOURCE_DIR) + "/tests/cases/manifest/";

inline PlanOptions toy_options() {
  PlanOptions options;
  options.protocol_folders = {kCases + "protocols"};
  return options;
}

inline Plan plan_of(const Overrides& overrides, const SpecSource& specs = ToySpecs(),
                    const PlanOptions& options = toy_options()) {
  return load_plan(kCases + "base.json", overrides, specs, options);
}

inline std::string id_of(const Overrides& overrides, const SpecSource& specs = ToySpecs()) {
  return plan_of(overrides, specs).points.front().point_id;
}

inline Manifest manifest_of(const PlanPoint& point) {
  return from_canonical(point.manifest, ToySpecs());
}

}  // namespace triptych::manifest
