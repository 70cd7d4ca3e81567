#pragma once

#include <chrono>
#include <string>

namespace triptych::core {

/// Now in UTC, ISO 8601 with milliseconds: "2026-11-25T10:18:01.123Z". Sorts as text.
[[nodiscard]] std::string utc_now();

/// The same form for a given moment.
[[nodiscard]] std::string utc(std::chrono::system_clock::time_point moment);

/// Seconds since an arbitrary start; never goes back.
[[nodiscard]] double steady_seconds();

}  // namespace triptych::core
