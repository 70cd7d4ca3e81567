#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "triptych/manifest/manifest.h"
#include "triptych/manifest/node.h"
#include "triptych/manifest/specs.h"

namespace triptych::manifest {

struct CheckOptions {
  std::string manifest_path;                  ///< where to look for protocols first
  std::vector<std::string> protocol_folders;  ///< empty: protocol_folders(manifest_path)
  /// True for `run`: a dataset plugin or a data root that is not there is a problem; false: a
  /// warning.
  bool needs_data = false;
  /// Where the weights of a run lie that `recipe.init_from` names; throws Error when there are
  /// none. Unset: the name is kept (check, count).
  std::function<std::string(const std::string& run)> weights_of_run;
};

/// What came of checking. `manifest` is there exactly when `problems` is empty.
struct Checked {
  std::optional<Manifest> manifest;
  std::vector<Problem> problems;  ///< all of them, in file order
  std::vector<Problem> warnings;
};

/// Checks a tree without looking at `matrix`, `exclude`, `seeds` and `baselines`.
[[nodiscard]] Checked check_tree(const Node& tree, const SpecSource& specs,
                                 const CheckOptions& options = {});

/// Reads, overrides and checks one manifest, leaving `matrix`, `seeds` and `baselines` aside (for
/// `count`, `bench`, `predict`). Throws Error with at most kMaxShown problems and a count.
[[nodiscard]] Manifest load_manifest(const std::string& path,
                                     const std::vector<std::string>& overrides,
                                     const SpecSource& specs, CheckOptions options = {});

inline constexpr std::size_t kMaxShown = 20;

/// The first kMaxShown problems, then one that says how many more there are (manifest.190).
[[nodiscard]] std::vector<Problem> shown(std::vector<Problem> problems);

/// Everything that determines the run as canonical JSON, the protocol included.
[[nodiscard]] std::string canonical_text(const Manifest& manifest);

/// The inverse of canonical_text: the manifest of a stored run, its protocol taken from the text.
/// Throws Error as load_manifest does (a plugin that is gone, a parameter that it lost).
[[nodiscard]] Manifest from_canonical(const std::string& text, const SpecSource& specs);

}  // namespace triptych::manifest
