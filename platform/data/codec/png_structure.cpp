// PNG, third edition (W3C, 2025), section 5: after the signature come chunks of a length (4 bytes,
// big-endian, without the other fields), a type (4 letters; the first is a capital for critical
// ones), the content, and the CRC-32 of type and content.
#include "png_structure.h"

#include <zlib.h>

#include <cstdint>

namespace triptych::data {

namespace {

constexpr std::size_t kFieldBytes = 4;
constexpr std::size_t kFrameBytes = 3 * kFieldBytes;  // length, type and checksum

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < kFieldBytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return number;
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

std::string png_problem(std::string_view bytes) {
  if (!bytes.starts_with(kPngSignature)) return "";
  for (std::size_t at = kPngSignature.size(); at + kFrameBytes <= bytes.size();) {
    const std::size_t length = number_at(bytes, at);
    if (length > bytes.size() - at - kFrameBytes) break;
    const auto type = bytes.substr(at + kFieldBytes, kFieldBytes);
    const auto summed = bytes.substr(at + kFieldBytes, kFieldBytes + length);
    const bool is_critical = type[0] >= 'A' && type[0] <= 'Z';
    if (is_critical && checksum(summed) != number_at(bytes, at + 2 * kFieldBytes + length)) {
      return "is damaged: the checksum of its " + std::string(type) + " chunk does not fit";
    }
    if (type == "IEND") return "";
    at += kFrameBytes + length;
  }
  return "is cut off: the end of the PNG is missing";
}

}  // namespace triptych::data
