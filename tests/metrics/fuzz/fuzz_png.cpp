// Any bytes as a PNG: decoded to the size that it states, or refused with an Error; nothing else.
#include <cstdint>
#include <span>

#include "triptych/error.h"
#include "triptych/metrics/png.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, unsigned long size) {
  using namespace triptych::metrics;
  const std::span<const std::uint8_t> bytes(data, size);
  // A header may promise 2^28 pixels, which cost memory but no logic: leave those out.
  if (size > 24 && (data[16] || data[17] || data[18] > 15 || data[20] || data[21] || data[22] > 15))
    return 0;
  try {
    const auto image = read_png8(bytes, "a.png");
    if (image.pixels.size() != static_cast<std::size_t>(image.width) * image.height)
      __builtin_trap();
  } catch (const triptych::Error&) {
  }
  try {
    (void)read_png16(bytes, "a.png");
  } catch (const triptych::Error&) {
  }
  return 0;
}
