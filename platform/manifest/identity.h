#pragma once

#include <string>

#include "triptych/manifest/manifest.h"

namespace triptych::manifest {

/// point_id with the digest of the `init_from` file at hand ("" = none).
[[nodiscard]] std::string point_id_with(const Manifest& manifest, const std::string& data_hash,
                                        const std::string& weights_hash);

/// SHA-256 of the file that `init_from` names; its text where that is no file; "" for none.
[[nodiscard]] std::string weights_hash_of(const Manifest& manifest);

}  // namespace triptych::manifest
