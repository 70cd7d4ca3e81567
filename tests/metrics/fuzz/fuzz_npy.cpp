// Any bytes as a .npy file: opened and read to its end, or refused with an Error; nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "triptych/error.h"
#include "triptych/metrics/npy.h"

namespace {

constexpr std::int64_t kMost =
    1 << 16;  // pixels read per image; the shape may promise many empty ones

void read(const triptych::metrics::NpyImages& images, int channels) {
  if (images.count() == 0 || images.pixels() == 0) return;
  std::vector<double> pixels(static_cast<std::size_t>(std::min(images.pixels(), kMost)));
  for (int channel = 0; channel < channels; ++channel) {
    images.read(0, 0, channel, pixels);
    images.read(images.count() - 1, images.pixels() - static_cast<std::int64_t>(pixels.size()),
                channel, pixels);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, unsigned long size) {
  using triptych::metrics::NpyImages;
  static const int fd = memfd_create("array.npy", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != static_cast<ssize_t>(size))
    __builtin_trap();
  try {
    read(NpyImages::open_maps(path), 1);
  } catch (const triptych::Error&) {
  }
  try {
    read(NpyImages::open_vectors(path), 3);
  } catch (const triptych::Error&) {
  }
  return 0;
}
