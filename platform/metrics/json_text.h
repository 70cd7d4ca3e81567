#pragma once

// JSON of other people's tools, read safely. Private to the library.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace triptych::metrics {

/// Parses `text`. The words NaN and Infinity, which Python writes, are taken: NaN as null,
/// +-Infinity and numbers beyond the range of a double as +-the largest double. Nesting is limited
/// to 64. Throws Error metrics.140 with file, line and column.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& file);

/// What a value is, for an error message: "a string", "an array of 2".
[[nodiscard]] std::string described(const nlohmann::json& value);

}  // namespace triptych::metrics
