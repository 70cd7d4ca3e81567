#include "camera.h"

namespace triptych::streets {

namespace {

void point_axes(Camera& camera) {
  const float cy = std::cos(static_cast<float>(camera.yaw_rad));
  const float sy = std::sin(static_cast<float>(camera.yaw_rad));
  const float cp = std::cos(static_cast<float>(camera.pitch_rad));
  const float sp = std::sin(static_cast<float>(camera.pitch_rad));
  const float cr = std::cos(static_cast<float>(camera.roll_rad));
  const float sr = std::sin(static_cast<float>(camera.roll_rad));
  const Vec3 level_right{cy, 0, -sy}, level_forward{sy, 0, cy};
  camera.forward = level_forward * cp + Vec3{0, -sp, 0};
  const Vec3 level_down = cross(level_right, camera.forward);
  camera.right = level_right * cr + level_down * sr;
  camera.down = level_down * cr - level_right * sr;
}

}  // namespace

Camera random_camera(int height, int width, Rng& rng) {
  Camera camera;
  camera.height = height;
  camera.width = width;
  const double sx = width / 2048.0, sy = height / 1024.0;
  camera.fx = 2262.52 * sx;
  camera.fy = 2265.30 * sy;
  camera.u0 = (1096.98 + 0.5) * sx - 0.5;
  camera.v0 = (513.137 + 0.5) * sy - 0.5;
  camera.height_m = rng.range(1.12f, 1.36f);
  camera.pitch_rad = rng.range(0.026f, 0.050f);
  camera.yaw_rad = rng.chance(0.15f) ? rng.range(-0.16f, 0.16f) : rng.range(-0.045f, 0.045f);
  camera.roll_rad = rng.range(-0.012f, 0.012f);
  camera.position = {rng.range(-0.3f, 0.3f), static_cast<float>(camera.height_m), 0};
  point_axes(camera);
  return camera;
}

}  // namespace triptych::streets
