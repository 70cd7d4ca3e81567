#pragma once

#include <string>
#include <string_view>

namespace triptych::data {

inline constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1A\n";

/// What is wrong with the chunks of a PNG file: a critical chunk whose checksum does not fit, or no
/// IEND chunk before the bytes end. "" for sound chunks, and for bytes that do not begin with the
/// signature of PNG. The pixels are not inflated, and ancillary chunks (which decoders skip when
/// they are damaged) may be faulty.
[[nodiscard]] std::string png_problem(std::string_view bytes);

}  // namespace triptych::data
