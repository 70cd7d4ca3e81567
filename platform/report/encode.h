#pragma once

#include <string>
#include <string_view>

namespace triptych::report {

/// Raw deflate (RFC 1951) at the highest level, and back. `inflate_raw` throws Error report.004 for
/// bytes that are no such stream, or that unpack to more than 1 GiB.
[[nodiscard]] std::string deflate_raw(std::string_view bytes);
[[nodiscard]] std::string inflate_raw(std::string_view bytes);

/// Base64 (RFC 4648 section 4, with padding), and back. `from_base64` throws Error report.004.
[[nodiscard]] std::string to_base64(std::string_view bytes);
[[nodiscard]] std::string from_base64(std::string_view text);

/// Text for the inside of an HTML element or a quoted attribute. Control and bidirectional
/// formatting characters are dropped: they make a title read as something else.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace triptych::report
