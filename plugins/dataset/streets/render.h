#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scene.h"

namespace triptych::streets {

/// One image with exact labels, all of the same primary rays, one through the centre of each
/// pixel. Row-major, height x width.
struct Rendering {
  int height = 0, width = 0;
  Camera camera;
  std::vector<std::uint8_t> rgb;        ///< [H, W, 3], sRGB
  std::vector<std::uint8_t> semseg;     ///< Cityscapes train ids; 255 = our own bonnet
  std::vector<std::uint16_t> instance;  ///< 0 = none; an object keeps its number where occluded
  std::vector<float> depth;             ///< metres along the optical axis; 0 = sky or bonnet
  std::vector<float> disparity;         ///< pixels, baseline * fx / depth; 0 where depth is 0
  std::vector<float> normals;           ///< [3, H, W], unit, camera axes (x right, y down, z
                                        ///< forward), towards the camera; 0 where depth is 0
  std::vector<Vehicle> vehicles;        ///< with at least one visible pixel
  std::vector<std::int32_t> visible;    ///< per vehicle: visible pixels
};

/// Casts the rays of `scene`. Pure: equal scenes give equal bits on any thread.
[[nodiscard]] Rendering render(const Scene& scene);

/// `render(make_scene(...))`.
[[nodiscard]] Rendering render_street(std::uint64_t seed, const std::string& split,
                                      std::int64_t index, int height, int width);

}  // namespace triptych::streets
