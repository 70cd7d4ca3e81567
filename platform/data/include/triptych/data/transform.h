#pragma once

#include <array>
#include <string>
#include <vector>

#include "triptych/data/random.h"
#include "triptych/dataset.h"

namespace triptych::data {

/// Mean and standard deviation of ImageNet's pixels, RGB in 0..1: what pretrained trunks were fed.
/// The loader gives (rgb / 255 - mean) / std.
inline constexpr std::array<float, 3> kMean{0.485f, 0.456f, 0.406f};
inline constexpr std::array<float, 3> kStd{0.229f, 0.224f, 0.225f};

/// The part of a sample that an augmentation shows, stretched to the sample's own size.
struct Window {
  double top = 0, left = 0;      ///< of its upper left corner, pixels
  double height = 0, width = 0;  ///< pixels
  bool is_flipped = false;       ///< mirrored left to right
};

/// Names of the augmentations: "flip" (mirrored in half of the cases), "crop" (a window of the same
/// shape, 60 to 100 % of each side, anywhere). Anything else is Error data.021.
[[nodiscard]] std::vector<std::string> augmentation_names();
void check_augmentations(const std::vector<std::string>& names);

/// Draws the window of one sample of height x width.
[[nodiscard]] Window random_window(const std::vector<std::string>& names, ImageSize size,
                                   Random& random);

/// The sample through the window. Photographs are interpolated (bilinear), labels take the nearest
/// pixel. It stays one geometric truth: the camera is that of the window, so depth keeps its metres
/// and normals their directions; disparity grows with the focal length; a mirrored scene has the x
/// of its normals negated. (A network that is not told the camera sees a crop as a nearer scene.)
/// The whole window without mirroring returns the sample's own tensors.
[[nodiscard]] Sample seen_through(const Sample& sample, const Window& window);

}  // namespace triptych::data
