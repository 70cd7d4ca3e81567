#pragma once

#include "arguments.h"
#include "plugins.h"
#include "triptych/manifest/plan.h"
#include "triptych/store/rows.h"

namespace triptych::cli {

/// The plan of a manifest with its data hashes. `needs_data`: a missing data root or dataset plugin
/// is an error (`run`), else a warning on stderr. `database`: where runs are looked up that
/// `recipe.init_from` names. Throws Error with all problems.
[[nodiscard]] manifest::Planned plan_of(const ManifestArguments& arguments, const Plugins& plugins,
                                        const std::string& database, bool needs_data);

/// The same in the store's words.
[[nodiscard]] store::Plan stored_plan(const manifest::Plan& plan);

}  // namespace triptych::cli
