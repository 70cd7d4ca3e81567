#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace triptych::data {

/// Class boundaries of a label map, the edge rule of the protocols (seg2bmap of Arbelaez et al.,
/// PAMI 2011, extended by an ignore label): a pixel is compared with its right, lower and lower
/// right neighbour, as far as they lie in the image.
///   1    a labelled neighbour has another label than the labelled pixel (or another instance)
///   255  otherwise, the pixel or one of the neighbours has the label `ignore`
///   0    otherwise
/// `labels`: [height, width]; `instances`: the same, or empty.
[[nodiscard]] std::vector<std::uint8_t> class_boundaries(std::span<const std::uint8_t> labels,
                                                         std::span<const std::uint16_t> instances,
                                                         int height, int width,
                                                         std::uint8_t ignore = 255);

}  // namespace triptych::data
