#pragma once

// Writes .npy and PNG files for tests.
#include <png.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace triptych::metrics {

inline std::string npy_header(const std::string& dictionary, int version = 1) {
  std::string text = dictionary;
  const std::size_t prefix = version == 1 ? 10 : 12;
  while ((prefix + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  for (std::size_t i = 0; i < prefix - 8; ++i)
    out += static_cast<char>(text.size() >> (8 * i) & 255);
  return out + text;
}

template <class Element>
std::string npy(const std::string& descr, const std::string& shape,
                const std::vector<Element>& elements, bool is_fortran = false, int version = 1) {
  std::string out =
      npy_header("{'descr': '" + descr + "', 'fortran_order': " + (is_fortran ? "True" : "False") +
                     ", 'shape': " + shape + ", }",
                 version);
  const auto* bytes = reinterpret_cast<const char*>(elements.data());
  return out.append(bytes, elements.size() * sizeof(Element));
}

inline void append_png(png_structp png, png_bytep bytes, png_size_t size) {
  static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(png))
      ->insert(static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(png))->end(), bytes,
               bytes + size);
}

/// `samples` are one per channel and pixel; 16-bit ones are written big-endian as the format wants.
inline std::vector<std::uint8_t> png(int width, int height, int depth, int colour,
                                     const std::vector<std::uint16_t>& samples,
                                     bool is_interlaced = false) {
  std::vector<std::uint8_t> out;
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  png_set_write_fn(png, &out, append_png, nullptr);
  png_set_IHDR(png, info, width, height, depth, colour,
               is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette(std::size_t{1} << std::min(depth, 8));
  for (std::size_t i = 0; i < palette.size(); ++i)
    palette[i] = {static_cast<png_byte>(7 * i), 1, 2};
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  png_write_info(png, info);
  png_set_packing(png);
  const std::size_t per_row = samples.size() / height;
  std::vector<std::vector<std::uint8_t>> rows(height);
  std::vector<png_bytep> pointers;
  for (int y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < per_row; ++i) {
      const auto sample = samples[y * per_row + i];
      if (depth == 16) rows[y].push_back(static_cast<std::uint8_t>(sample >> 8));
      rows[y].push_back(static_cast<std::uint8_t>(sample));
    }
    pointers.push_back(rows[y].data());
  }
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

}  // namespace triptych::metrics
