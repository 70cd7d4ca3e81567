#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace triptych::data {

/// A picture in memory: 8 bits per channel, rows from the top, channels interleaved.
struct Picture {
  int height = 0;
  int width = 0;
  int channels = 3;                  ///< 1 = grey or labels, 3 = RGB
  std::vector<std::uint8_t> pixels;  ///< [height, width, channels]
};

/// What libtriptych_pictures.so exports (see pictures.h, which is what to call). Version 1.
/// Functions report failure by a text in `problem`; they do not throw.
class PictureCodec {
 public:
  virtual ~PictureCodec() = default;
  [[nodiscard]] virtual bool read(const std::string& path, int channels, Picture& out,
                                  std::string& problem) const = 0;
  [[nodiscard]] virtual bool encode_png(const Picture& picture, std::vector<std::uint8_t>& out,
                                        std::string& problem) const = 0;
};

inline constexpr int kPictureCodecVersion = 1;

}  // namespace triptych::data
