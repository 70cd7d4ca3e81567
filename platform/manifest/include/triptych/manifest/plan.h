#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "triptych/manifest/check.h"

namespace triptych::manifest {

/// Raised when the platform's own numbers change: a new value makes every point a new one. 2: seeds
/// of chain parts follow the plugin; statistics of images are the metrics library's, and numbered.
inline constexpr int kResultsVersion = 2;

enum class Role { kVariant, kSingleTask, kMultiTask };
[[nodiscard]] std::string role_name(Role role);  ///< "variant", "single_task", "multi_task"

/// One baseline that a point is.
struct BaselineUse {
  Role role = Role::kSingleTask;  ///< kSingleTask or kMultiTask
  std::string name;               ///< its label in `baselines`
  std::vector<std::string> of;    ///< labels of the variants that it serves; empty: all
};

/// One run to be done.
struct PlanPoint {
  std::string point_id;  ///< 16 hex digits
  Role role = Role::kVariant;
  std::string label;  ///< axis values joined by ", "; the study's name without a matrix
  std::int64_t seed = 1;
  std::string manifest;  ///< canonical JSON; from_canonical reads it back
  /// The baselines that the point is. Also of a variant: a cell may equal a baseline.
  std::vector<BaselineUse> serves_as;

  /// The labels that it serves as a single-task baseline, each once.
  [[nodiscard]] std::vector<std::string> baseline_of() const;
};

/// A frozen study. Equal points (same point_id) are one: of its roles, variant counts before
/// multi_task before single_task, so that every cell stays one; `serves_as` keeps the others.
struct Plan {
  std::string study;     ///< the manifest's name
  std::string protocol;  ///< "streets/1"
  std::vector<PlanPoint> points;
  [[nodiscard]] std::string canonical() const;  ///< JSON of all of it
};

struct PlanOptions : CheckOptions {
  /// Digest of the files of a data set; "" for a procedural one, which its plugin and params
  /// determine. Called once per distinct data choice. Unset: "".
  std::function<std::string(const Manifest&)> data_hash;
};

struct Planned {
  Plan plan;                      ///< has points exactly when `problems` is empty
  std::vector<Problem> problems;  ///< of every cell and baseline, each once, in file order
  std::vector<Problem> warnings;
  Node tree;  ///< the manifest as read and overridden: `locate` finds lines for later problems
};

/// Reads, overrides, expands and checks a study. Never throws for the user's faults.
[[nodiscard]] Planned plan_study(const std::string& path, const std::vector<std::string>& overrides,
                                 const SpecSource& specs, const PlanOptions& options = {});

/// As plan_study, but throws Error with the problems that would be shown.
[[nodiscard]] Plan load_plan(const std::string& path, const std::vector<std::string>& overrides,
                             const SpecSource& specs, const PlanOptions& options = {});

/// The rule for point_id: first 16 hex digits of SHA-256 over canonical JSON of
///   manifest:  the resolved manifest without name, tags, notes, paths, probes and the intervals
///              that change no result; `init_from` counts by the content of its file
///   plugins:   kind, name and identity of each plugin used
///   data, protocol: their hashes;   results_version: kResultsVersion
[[nodiscard]] std::string point_id(const Manifest& manifest, const std::string& data_hash);

}  // namespace triptych::manifest
