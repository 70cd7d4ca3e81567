#pragma once

#include <string>

namespace triptych::core {

/// A new run id: a UUID of version 7 (RFC 9562), 36 characters, lower case. Ids made one after the
/// other in one process sort in that order; two processes never make the same one (62 random bits).
[[nodiscard]] std::string new_run_id();

}  // namespace triptych::core
