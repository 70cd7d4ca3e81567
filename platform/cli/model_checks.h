#pragma once

#include <string>
#include <vector>

#include "plugins.h"
#include "triptych/error.h"
#include "triptych/store/rows.h"

namespace triptych::cli {

/// What is wrong with a plan that the words of its manifest do not show. Each problem stands once.
struct ModelFindings {
  std::vector<Problem> problems;        ///< contracts, selection, groups; dry runs where asked for
  std::vector<Problem> missing_probes;  ///< usage.016: probes that this version does not have
};

/// Looks at every model of the plan (seeds do not change a model), before anything is stored or
/// trained. `runs_dry`: builds one of each label at its smallest size and passes random images
/// through.
[[nodiscard]] ModelFindings check_models(const store::Plan& plan, const Plugins& plugins,
                                         bool runs_dry);

}  // namespace triptych::cli
