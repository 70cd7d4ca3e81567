// Resolution, disparity and sky of the Cityscapes protocols.
#include <string>

#include "triptych/error.h"
#include "triptych/metrics/cityscapes.h"

namespace triptych::metrics {

namespace {

constexpr std::uint8_t kSky = 23;
constexpr std::uint8_t kRailTrack = 10;

}  // namespace

std::vector<std::uint8_t> half_odd(std::span<const std::uint8_t> values, int width, int height) {
  const auto pixels = static_cast<std::size_t>(width) * height;
  if (width % 2 || height % 2 || values.size() != pixels) {
    throw Error("metrics.012", "half_odd",
                std::to_string(values.size()) + " values for " + std::to_string(width) + " x " +
                    std::to_string(height) + "; both must be even");
  }
  std::vector<std::uint8_t> out;
  out.reserve(pixels / 4);
  for (int y = 1; y < height; y += 2) {
    for (int x = 1; x < width; x += 2)
      out.push_back(values[static_cast<std::size_t>(y) * width + x]);
  }
  return out;
}

double disparity_px(std::uint16_t stored) { return stored <= 1 ? -1 : (stored - 1) / 256.0; }

double depth_m(double disparity_px, double baseline_m, double fx_px) {
  return disparity_px > 0 ? baseline_m * fx_px / disparity_px : -1;
}

void mark_sky(std::span<double> disparity_px, std::span<const std::uint8_t> label_ids,
              bool sky_label_bug) {
  if (disparity_px.size() != label_ids.size()) {
    throw Error("metrics.012", "sky",
                std::to_string(disparity_px.size()) + " disparities and " +
                    std::to_string(label_ids.size()) + " labels");
  }
  const auto marked = sky_label_bug ? kRailTrack : kSky;
  for (std::size_t i = 0; i < label_ids.size(); ++i) {
    if (label_ids[i] == marked) disparity_px[i] = 0;
  }
}

}  // namespace triptych::metrics
