#pragma once

// Generated inputs of the benchmarks, as large as the real sets.
#include <cstdint>
#include <filesystem>
#include <vector>

namespace triptych::metrics::bench {

/// A folder of this run, removed at exit.
[[nodiscard]] const std::filesystem::path& folder();

/// `images` pairs of Cityscapes-3D files with 15 to 40 boxes each: gt/ and boxes/ below the folder.
void write_detections(int images);

/// `images` pairs of 2048 x 1024 label PNGs: gtFine/ and labels/. Blocky like real label maps.
void write_labels(int images);

/// An image of the boundary benchmark: labels with curved borders and a noisy blurred prediction.
struct BoundaryPair {
  int width = 0, height = 0;
  std::vector<std::uint8_t> labels, prediction;
};
[[nodiscard]] BoundaryPair boundary_pair(int width, int height, unsigned seed);

/// A float32 .npy of `images` maps of 1024 x 2048, written sparsely: zeros but for the first pixels
/// of each image.
[[nodiscard]] std::filesystem::path write_depth(const char* name, int images);

}  // namespace triptych::metrics::bench
