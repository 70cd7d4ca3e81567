#pragma once

#include <string>
#include <vector>

#include "triptych/data/picture.h"

/// Reading and writing of picture files. The decoders (OpenCV's, 139 shared libraries) sit in
/// libtriptych_pictures.so, opened at the first call: programs that touch no picture start without.
///
/// The library is looked for at $TRIPTYCH_PICTURES (a file), beside the code that calls, in
/// `../lib` and `../../lib` of it, and in `../lib` and `../lib/triptych` of the program.
/// Error data.001 when there is none or it cannot be opened. Safe from several threads.

namespace triptych::data {

/// Reads a colour picture (JPEG, PNG, ...) as RGB. Throws Error data.002 naming the file when it is
/// missing, unreadable or no picture.
[[nodiscard]] Picture read_picture(const std::string& path);

/// Reads a label map: one channel, 8 bits, values as they are in the file. Files with several
/// channels, a palette or 16 bits are refused (data.002): their values would not survive.
[[nodiscard]] Picture read_labels(const std::string& path);

/// The picture as a whole PNG file. Throws Error data.003.
[[nodiscard]] std::vector<std::uint8_t> encode_png(const Picture& picture);

/// Writes a PNG file, whole or not at all. Throws Error data.003, core.002.
void write_png(const std::string& path, const Picture& picture);

/// Resizes by averaging over the area of each new pixel (exact for whole factors; enlarging
/// repeats). For photographs.
[[nodiscard]] Picture resized_by_area(const Picture& picture, int height, int width);

/// Resizes by taking the pixel below each new pixel's centre. For label maps.
[[nodiscard]] Picture resized_by_nearest(const Picture& picture, int height, int width);

}  // namespace triptych::data
