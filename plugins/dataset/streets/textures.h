#pragma once

#include "rng.h"
#include "surface.h"

/// The textures behind `shade`, by what they are on. Arguments as there.
namespace triptych::streets {

inline constexpr Vec3 kGlass{0.02f, 0.025f, 0.03f};

/// 1 where details of this period are larger than a pixel, 0 where they are not.
inline float visible(float period, float footprint) {
  return 1 - smooth_step(0.3f * period, 0.9f * period, footprint);
}

// Walls and roofs.
[[nodiscard]] Shade facade(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint);
[[nodiscard]] Shade bricks(const Surface& s, Vec3 p, Vec3 n, float footprint);
[[nodiscard]] Shade tiles(const Surface& s, Vec3 p, float footprint);
[[nodiscard]] Shade pickets(const Surface& s, Vec3 p, Vec3 n, float footprint);

// Vehicles.
[[nodiscard]] Shade car_body(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint);
[[nodiscard]] Shade cabin(const Surface& s, Vec3 p, Vec3 n, Vec3 half);
[[nodiscard]] Shade wheel(const Surface& s, Vec3 p, Vec3 n, Vec3 half);
[[nodiscard]] Shade coach(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint);
[[nodiscard]] Shade cargo(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint);
[[nodiscard]] Shade spokes(const Surface& s, Vec3 p, Vec3 n, Vec3 half);

}  // namespace triptych::streets
