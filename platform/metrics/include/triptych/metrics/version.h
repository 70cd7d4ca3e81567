#pragma once

namespace triptych::metrics {

/// Version of the metrics library, written beside every result. Raised when any number changes.
inline constexpr const char* kVersion = "1.0.1";

}  // namespace triptych::metrics
