#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace triptych::streets {

/// A point, a direction or a linear colour. World axes: x right, y up, z along the street; metres.
struct Vec3 {
  float x = 0, y = 0, z = 0;
};

inline Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator-(Vec3 a) { return {-a.x, -a.y, -a.z}; }
inline Vec3 operator*(Vec3 a, float s) { return {a.x * s, a.y * s, a.z * s}; }
inline Vec3 operator*(float s, Vec3 a) { return a * s; }
inline Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
inline Vec3& operator+=(Vec3& a, Vec3 b) { return a = a + b; }
inline float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline float length(Vec3 a) { return std::sqrt(dot(a, a)); }
inline Vec3 normalized(Vec3 a) { return a * (1.0f / length(a)); }
inline Vec3 mix(Vec3 a, Vec3 b, float share) { return a + (b - a) * share; }
inline float mix(float a, float b, float share) { return a + (b - a) * share; }
inline float clamp01(float v) { return v < 0 ? 0.0f : (v > 1 ? 1.0f : v); }
/// 0 below `from`, 1 above `to`, smooth between.
inline float smooth_step(float from, float to, float v) {
  const float t = clamp01((v - from) / (to - from));
  return t * t * (3 - 2 * t);
}
/// Floor without a library call (SSE2 has no rounding instruction); |v| < 2^31.
inline int floor_int(float v) {
  const int truncated = static_cast<int>(v);
  return truncated - (v < static_cast<float>(truncated) ? 1 : 0);
}
inline float fraction(float v) { return v - static_cast<float>(floor_int(v)); }

/// A right-handed set of axes at a place; objects are built in their own frame: x right, y up,
/// z forward (the direction of travel).
struct Frame {
  Vec3 origin;
  Vec3 right{1, 0, 0}, up{0, 1, 0}, forward{0, 0, 1};

  [[nodiscard]] Vec3 point(Vec3 local) const { return origin + direction(local); }
  [[nodiscard]] Vec3 direction(Vec3 local) const {
    return right * local.x + up * local.y + forward * local.z;
  }
  /// Coordinates of a world direction along the axes.
  [[nodiscard]] Vec3 local_direction(Vec3 world) const {
    return {dot(right, world), dot(up, world), dot(forward, world)};
  }
  [[nodiscard]] Vec3 local_point(Vec3 world) const { return local_direction(world - origin); }
};

/// Upright frame whose forward axis is turned by `yaw_rad` from +z towards +x.
inline Frame upright(Vec3 origin, float yaw_rad) {
  const float c = std::cos(yaw_rad), s = std::sin(yaw_rad);
  return {origin, {c, 0, -s}, {0, 1, 0}, {s, 0, c}};
}

}  // namespace triptych::streets
