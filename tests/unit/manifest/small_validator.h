#pragma once

#include <string>
#include <vector>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

/// The part of JSON schema draft-07 that our schema uses, read literally from the specification:
/// type, enum, const, properties, additionalProperties, items, required, minimum, maximum,
/// minItems, pattern (ignored), allOf, not, if/then/else, $ref into #/definitions. Unknown keywords
/// are faults. Returns the pointers of what is not valid.
std::vector<std::string> schema_faults(const Node& schema, const Node& instance);

}  // namespace triptych::manifest
