#include "textures.h"

namespace triptych::streets {

/// Paint; lights, plate and bumper on the faces that look along z. `a` = half length of the car.
Shade car_body(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint) {
  Shade out{s.base, {}, s.gloss, 0};
  const bool is_front = n.z > 0.6f, is_back = n.z < -0.6f;
  if (!is_front && !is_back) {
    if (std::fabs(n.x) > 0.6f) {
      const float door = std::min(std::fabs(p.z - 0.1f * s.a),
                                  std::fabs(std::fabs(p.z - 0.1f * s.a) - 0.42f * s.a));
      if (door < 0.012f && half.y > 0.15f)
        out.albedo = s.base * mix(1.0f, 0.4f, visible(0.06f, footprint));
      if (half.y < 0.15f) out.albedo = s.base * 0.45f + Vec3{0.01f, 0.01f, 0.01f};  // sill
    }
    return out;
  }
  if (half.y < 0.15f) {  // bumper
    out.albedo = s.base * 0.35f + Vec3{0.015f, 0.015f, 0.015f};
    if (std::fabs(p.x) < 0.26f && p.y > -0.02f) out.albedo = {0.6f, 0.6f, 0.56f};
    return out;
  }
  const float side = half.x - std::fabs(p.x);
  const bool is_lamp_row = p.y > half.y * 0.05f && p.y < half.y * 0.78f;
  if (is_front) {
    if (side < 0.42f && side > 0.04f && is_lamp_row) {
      out.albedo = {0.75f, 0.76f, 0.78f};
      if ((s.seed & 3u) == 0) out.glow = {0.9f, 0.88f, 0.8f};
      out.gloss = 0.15f;
    } else if (side >= 0.5f && p.y < half.y * 0.45f) {
      out.albedo = {0.015f, 0.015f, 0.016f};  // grille
    }
    return out;
  }
  if (side < 0.3f && side > 0.02f && is_lamp_row) {
    out.albedo = {0.4f, 0.012f, 0.012f};
    if ((s.seed & 7u) == 0) out.glow = {0.9f, 0.04f, 0.03f};
    out.gloss = 0.1f;
  } else if (std::fabs(p.x) < 0.27f && std::fabs(p.y + half.y * 0.25f) < 0.065f) {
    out.albedo = {0.62f, 0.62f, 0.58f};
  }
  return out;
}

Shade cabin(const Surface& s, Vec3 p, Vec3 n, Vec3 half) {
  const Shade painted{s.base, {}, 0.06f, 0};
  if (n.y > 0.85f) return painted;
  const float rise = (p.y + half.y) / (2 * half.y);
  if (rise < 0.08f || rise > 0.9f) return painted;
  const float pillar = 0.06f;
  if (std::fabs(n.x) > 0.6f) {
    const float from_end = half.z - std::fabs(p.z) - 0.25f * rise * half.z;
    if (from_end < 0.1f || std::fabs(p.z + 0.05f) < pillar) return painted;
  } else if (half.x - 0.15f * rise - std::fabs(p.x) < pillar) {
    return painted;
  }
  return {s.accent, {}, s.gloss, 0};
}

Shade wheel(const Surface& s, Vec3 p, Vec3 n, Vec3 half) {
  const float r = std::sqrt(p.x * p.x + p.z * p.z) / half.x;
  if (std::fabs(n.y) < 0.5f || r > 0.66f) return {s.base, {}, 0, 0};
  const float spoke =
      fraction(std::atan2(p.z, p.x) * 0.7958f) < 0.55f ? 1.0f : 0.25f;  // five spokes
  return {s.accent * (r < 0.18f ? 0.6f : spoke), {}, 0.08f, 0};
}

/// Bus and tram: `b` = height of the window band's foot, `c` = 1 for a tram, 0.05 for a bus.
Shade coach(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint) {
  const float up = p.y + half.y + 0.3f;
  if (n.y > 0.7f) return {s.base * 0.8f, {}, s.gloss, 0};
  const bool is_side = std::fabs(n.x) > 0.7f;
  const float top = 2 * half.y - 0.1f;
  if (up > s.b && up < top) {
    const float pane = is_side ? fraction((p.z + half.z) / 1.45f) : 0.5f;
    const bool is_edge = is_side ? half.z - std::fabs(p.z) < 0.1f : half.x - std::fabs(p.x) < 0.12f;
    if (!is_edge && (pane > 0.05f || footprint > 0.2f)) return {kGlass, {}, 0.16f, 0};
    return {s.base * 0.3f, {}, s.gloss, 0};
  }
  if (!is_side) {
    const float side = half.x - std::fabs(p.x);
    if (up >= top && up < top + 0.3f && side > 0.4f)  // destination board
      return {{0.02f, 0.02f, 0.02f},
              Vec3{0.8f, 0.45f, 0.05f} * (fraction(p.x * 4) < 0.6f ? 0.8f : 0.1f),
              0,
              0};
    if (up > 0.55f && up < 0.85f && side < 0.5f && side > 0.1f) {
      const bool is_front = n.z > 0;
      return {is_front ? Vec3{0.75f, 0.75f, 0.75f} : Vec3{0.45f, 0.015f, 0.015f},
              is_front ? Vec3{0.5f, 0.5f, 0.45f} : Vec3{0.25f, 0.01f, 0.01f}, 0.1f, 0};
    }
    return {up < s.b * 0.6f ? s.accent : s.base, {}, s.gloss, 0};
  }
  const float door = fraction((p.z + half.z) / 4.3f + 0.1f);
  if (door < 0.26f && up < s.b && up > 0.42f) {
    const bool is_gap = std::fabs(door - 0.13f) < 0.01f;
    return {is_gap ? Vec3{0.01f, 0.01f, 0.01f} : kGlass * 1.6f, {}, 0.1f, 0};
  }
  const bool is_stripe = up > s.b - 0.35f && up < s.b - 0.1f;
  return {is_stripe || up < 0.75f ? s.accent : s.base, {}, s.gloss, 0};
}

Shade cargo(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint) {
  if (std::fabs(n.z) > 0.7f) {
    const bool is_seam = std::fabs(p.x) < 0.03f || half.x - std::fabs(p.x) < 0.07f;
    const bool is_lamp = n.z < 0 && p.y < -half.y + 0.22f && half.x - std::fabs(p.x) < 0.4f;
    if (is_lamp) return {{0.4f, 0.015f, 0.015f}, {0.1f, 0, 0}, 0, 0};
    return {s.base * (is_seam ? 0.45f : 0.92f), {}, 0.02f, 0};
  }
  const bool is_band =
      std::fabs(p.y) < half.y * 0.35f && std::fabs(p.z) < half.z * 0.7f && (s.seed & 1u);
  const float ribs = fraction(p.z * 1.6f) < 0.08f ? 0.75f : 1.0f;
  return {(is_band ? s.accent : s.base) * mix(0.98f, ribs, visible(0.4f, footprint)), {}, 0.02f, 0};
}

Shade spokes(const Surface& s, Vec3 p, Vec3 n, Vec3 half) {
  const float r = std::sqrt(p.x * p.x + p.z * p.z) / half.x;
  if (std::fabs(n.y) < 0.5f || r > 0.86f || r < 0.1f) return {s.base, {}, 0, 0};
  return {s.accent, {}, 0, 0};
}

}  // namespace triptych::streets
