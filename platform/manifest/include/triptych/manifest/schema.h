#pragma once

#include <string>

#include "triptych/manifest/specs.h"

namespace triptych::manifest {

/// The JSON schema (draft-07) of manifests for the plugins that `specs` knows: editors complete
/// from it. Modules are dispatched on `use` by if/then, never by a bare oneOf. Ends with a newline.
[[nodiscard]] std::string manifest_schema(const SpecSource& specs);

}  // namespace triptych::manifest
