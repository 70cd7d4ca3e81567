#pragma once

#include "rng.h"
#include "vec.h"

namespace triptych::streets {

/// A pinhole camera on a car. Camera axes: x right, y down, z forward. The centre of the pixel in
/// row v and column u has image coordinates (u, v).
struct Camera {
  int height = 0, width = 0;
  double fx = 0, fy = 0, u0 = 0, v0 = 0;  ///< pixels
  double baseline_m = 0.22;               ///< disparity = baseline_m * fx / depth
  double height_m = 1.22;                 ///< of the optical centre above the road
  double pitch_rad = 0, yaw_rad = 0, roll_rad = 0;
  Vec3 position;              ///< world
  Vec3 right, down, forward;  ///< the camera's axes in the world

  /// World direction of the ray through image coordinates (u, v); its z in camera axes is 1, so
  /// that the ray parameter is the depth.
  [[nodiscard]] Vec3 ray(float u, float v) const {
    return forward + right * ((u - static_cast<float>(u0)) / static_cast<float>(fx)) +
           down * ((v - static_cast<float>(v0)) / static_cast<float>(fy));
  }
  [[nodiscard]] Vec3 to_camera_direction(Vec3 world) const {
    return {dot(right, world), dot(down, world), dot(forward, world)};
  }
  [[nodiscard]] Vec3 to_camera_point(Vec3 world) const {
    return to_camera_direction(world - position);
  }
};

/// The Cityscapes stereo camera (fx 2262.52, fy 2265.30, u0 1096.98, v0 513.14 at 2048 x 1024,
/// baseline 0.22 m, 1.22 m above the road, pitch 0.038 rad) scaled to the
/// image size, its pose varied from sample to sample.
[[nodiscard]] Camera random_camera(int height, int width, Rng& rng);

}  // namespace triptych::streets
