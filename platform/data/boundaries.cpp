#include "triptych/data/boundaries.h"

namespace triptych::data {

std::vector<std::uint8_t> class_boundaries(std::span<const std::uint8_t> labels,
                                           std::span<const std::uint16_t> instances, int height,
                                           int width, std::uint8_t ignore) {
  std::vector<std::uint8_t> out(labels.size(), 0);
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const std::size_t here = static_cast<std::size_t>(row) * width + column;
      if (labels[here] == ignore) {
        out[here] = 255;
        continue;
      }
      bool is_boundary = false, is_unknown = false;
      const auto compare = [&](int down, int right) {
        if (row + down >= height || column + right >= width) return;
        const std::size_t there = here + static_cast<std::size_t>(down) * width + right;
        if (labels[there] == ignore) {
          is_unknown = true;
        } else {
          is_boundary |= labels[here] != labels[there] ||
                         (!instances.empty() && instances[here] != instances[there]);
        }
      };
      compare(0, 1);
      compare(1, 0);
      compare(1, 1);
      out[here] = is_boundary ? 1 : is_unknown ? 255 : 0;
    }
  }
  return out;
}

}  // namespace triptych::data
