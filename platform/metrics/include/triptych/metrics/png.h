#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

/// Reading one-channel PNGs as numbers: label maps, instance maps, edge and saliency maps.
///
/// A palette image gives its indices, never its colours; nothing is scaled, gamma-corrected or
/// converted. Pictures with several channels are refused. Images above 2^28 pixels are refused
/// before any memory is taken for them.
namespace triptych::metrics {

struct GrayImage {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;  ///< [height * width], row by row
};

struct GrayImage16 {
  int width = 0, height = 0;
  std::vector<std::uint16_t> pixels;  ///< [height * width], row by row
};

/// One channel of at most 8 bits: grey or palette. `png` is a whole file in memory, `file` its name
/// for messages. Throws Error metrics.120 (not a PNG, or damaged) and metrics.121 (another kind).
[[nodiscard]] GrayImage read_png8(std::span<const std::uint8_t> png, const std::string& file);

/// One channel of at most 16 bits. Errors as read_png8.
[[nodiscard]] GrayImage16 read_png16(std::span<const std::uint8_t> png, const std::string& file);

/// The same of a file. Throws Error metrics.100 when it cannot be read.
[[nodiscard]] GrayImage read_png8(const std::filesystem::path& file);
[[nodiscard]] GrayImage16 read_png16(const std::filesystem::path& file);

/// Whether the header of a PNG says 16 bits. False for anything shorter than a header.
[[nodiscard]] bool is_png16(std::span<const std::uint8_t> png);

/// A whole file. Throws Error metrics.100 when it cannot be read, metrics.101 above `largest`
/// bytes.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::filesystem::path& file,
                                                  std::uint64_t largest = std::uint64_t{1} << 30);

}  // namespace triptych::metrics
