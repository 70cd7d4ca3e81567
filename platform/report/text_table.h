#pragma once

#include <string>
#include <vector>

namespace triptych::report {

/// Columns of equal width for a terminal, two spaces apart, the first row underlined. Widths count
/// characters of UTF-8, not bytes; control characters become spaces.
[[nodiscard]] std::string text_table(std::vector<std::vector<std::string>> rows);

/// The text with every control character, line ends among them, as a space.
[[nodiscard]] std::string on_one_line(std::string text);

}  // namespace triptych::report
