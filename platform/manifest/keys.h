#pragma once

#include <string>
#include <vector>

#include "triptych/spec.h"

namespace triptych::manifest {

/// The one table of what a manifest may hold beside plugin parameters: types, defaults, ranges and
/// meanings. Checking, defaults and the JSON schema are all made from it.

/// A key whose value is an object or a list of a form of its own.
struct NestedKey {
  std::string name;
  std::string meaning;
};

/// The keys of one object of the manifest: plain values as a Spec, and nested ones.
struct KeyTable {
  Spec spec;
  std::vector<NestedKey> nested;
  [[nodiscard]] std::vector<std::string> names() const;
};

[[nodiscard]] KeyTable top_keys();
[[nodiscard]] KeyTable slot_keys();
[[nodiscard]] KeyTable recipe_keys();
[[nodiscard]] Spec group_keys();
[[nodiscard]] Spec init_from_keys();  ///< beside "rename"
[[nodiscard]] Spec seeds_keys();
[[nodiscard]] Spec selection_keys();
[[nodiscard]] Spec data_keys();  ///< beside "use" and the parameters of the data set
[[nodiscard]] Spec plugins_keys();
/// What `recipe.optimizer.use` and `recipe.schedule.use` may name; the first is the default.
[[nodiscard]] std::vector<Spec> optimizer_specs();
[[nodiscard]] std::vector<Spec> schedule_specs();

}  // namespace triptych::manifest
