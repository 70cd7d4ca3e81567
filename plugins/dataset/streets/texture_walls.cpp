#include "textures.h"

namespace triptych::streets {

namespace {

/// One bay of one floor of a facade, and the window or door in it. Metres.
struct Bay {
  float u = 0, v = 0;                       ///< place: from the bay's middle, above its floor
  float half_width = 0, low = 0, high = 0;  ///< of the opening
  int row = 0;                              ///< floor, 0 = ground
  bool is_door = false;
  std::uint32_t cell = 0;  ///< hash of the bay
};

/// The bay at `along` and `up` of a wall `width` metres wide.
Bay bay_at(const Surface& s, float along, float up, float width) {
  const float floor_height = s.a, ground_floor = s.a + 0.5f;
  const bool is_ground = up < ground_floor;
  const int num_bays = std::max(1, floor_int(width / (is_ground ? s.b * 1.6f : s.b)));
  const float bay_width = width / static_cast<float>(num_bays), at = along / bay_width;
  Bay bay;
  bay.row = is_ground ? 0 : 1 + floor_int((up - ground_floor) / floor_height);
  bay.u = (fraction(at) - 0.5f) * bay_width;
  bay.v = is_ground ? up : up - ground_floor - static_cast<float>(bay.row - 1) * floor_height;
  bay.cell = lattice(floor_int(at), bay.row, s.seed + 9);
  bay.is_door = is_ground && (bay.cell & 3u) == 0;
  bay.half_width = bay.is_door ? 0.55f : is_ground ? bay_width * 0.42f : bay_width * s.c * 0.5f;
  bay.low = bay.is_door ? 0.0f : is_ground ? 0.55f : floor_height * 0.27f;
  bay.high = bay.is_door ? 2.3f : is_ground ? ground_floor * 0.74f : floor_height * 0.82f;
  return bay;
}

Vec3 plaster(const Surface& s, float along, float up, float footprint) {
  const float weather = 0.84f + 0.22f * noise(along * 0.23f, up * 0.31f, s.seed) +
                        0.1f * noise(along * 2.9f, up * 1.3f, s.seed + 1);
  const Vec3 wall = s.base * weather;
  if ((s.seed & 3u) != 0) return wall;
  // A quarter of the houses shows its bricks.
  const int course = floor_int(up / 0.12f);
  const float brick = 0.8f + 0.4f * unit(lattice(floor_int(along / 0.3f), course, s.seed));
  const bool is_joint = fraction(up / 0.12f) < 0.15f ||
                        fraction(along / 0.3f + 0.5f * static_cast<float>(course & 1)) < 0.06f;
  return mix(wall, wall * (is_joint ? 1.35f : brick), visible(0.3f, footprint));
}

/// Sash bars, then glass: curtains in some windows, lit goods in shops, a shadow of the reveal
/// above.
Shade window(const Surface& s, const Bay& bay, float along, float up, float footprint) {
  const bool is_shop = bay.row == 0;
  const bool is_bar = std::fabs(bay.u) < 0.035f ||
                      (!is_shop && std::fabs(bay.v - mix(bay.low, bay.high, 0.68f)) < 0.035f);
  if (is_bar && visible(0.25f, footprint) > 0.3f) return {s.accent * 0.9f, {}, 0, 0};
  Vec3 glass = kGlass * (0.6f + 1.2f * unit(bay.cell));
  const float curtain = unit(bay.cell * 2654435761u);
  if (!is_shop && curtain > 0.55f && std::fabs(bay.u) > bay.half_width * (1.6f - curtain))
    glass = {0.3f, 0.28f, 0.25f};
  if (is_shop) {
    const float goods = noise(along * 2.3f, up * 3.1f, s.seed + 4);
    glass += Vec3{0.12f, 0.1f, 0.07f} * (goods * goods);
  }
  if (bay.high - bay.v < 0.18f) glass = glass * 0.35f;
  return {glass, {}, 0.22f, 0};
}

}  // namespace

/// A ground floor with shops and doors, then floors and bays of windows. `a` = height of a floor,
/// `b` = width of a bay, `c` = the window's share of it.
Shade facade(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint) {
  if (std::fabs(n.y) > 0.7f) return {s.base * 0.5f, {}, 0, 0};
  const bool is_front = std::fabs(n.x) > std::fabs(n.z);
  const float along = is_front ? p.z + half.z : p.x + half.x,
              width = 2 * (is_front ? half.z : half.x);
  const float up = p.y + half.y - 0.3f;  // the house begins 30 cm below the ground
  Vec3 wall = plaster(s, along, up, footprint);
  const Bay bay = bay_at(s, along, up, width);
  const float floor_top = s.a + 0.5f + static_cast<float>(bay.row) * s.a;
  if (bay.row > 0 && floor_top > 2 * half.y - 0.3f)
    return {wall, {}, 0, 0};                                              // no whole floor is left
  if (bay.row == 0 && bay.v < 0.5f && !bay.is_door) wall = wall * 0.62f;  // plinth
  const float inside =
      std::min(bay.half_width - std::fabs(bay.u), std::min(bay.v - bay.low, bay.high - bay.v));
  if (inside < -0.14f) return {wall, {}, 0, 0};
  if (inside < 0.03f) {  // surround and sill
    const bool is_sill = bay.v < bay.low + 0.02f;
    return {mix(wall, s.accent * (is_sill ? 0.75f : 1.0f), visible(0.35f, footprint)), {}, 0, 0};
  }
  if (bay.is_door) return {Vec3{0.12f, 0.07f, 0.04f} * (0.5f + unit(bay.cell)), {}, 0.02f, 0};
  return window(s, bay, along, up, footprint);
}

Shade bricks(const Surface& s, Vec3 p, Vec3 n, float footprint) {
  const float along = std::fabs(n.x) > std::fabs(n.z) ? p.z : p.x;
  const int course = floor_int(p.y / 0.13f);
  const float x = along / 0.34f + 0.5f * static_cast<float>(course & 1);
  const bool is_joint = fraction(p.y / 0.13f) < 0.16f || fraction(x) < 0.07f;
  const float stone = 0.75f + 0.5f * unit(lattice(floor_int(x), course, s.seed));
  const Vec3 near_by = is_joint ? s.accent : s.base * stone;
  const float weather = 0.8f + 0.4f * noise(along * 0.6f, p.y * 0.8f, s.seed + 1);
  return {mix(s.base * 1.05f, near_by, visible(0.3f, footprint)) * weather, {}, 0, 0};
}

Shade tiles(const Surface& s, Vec3 p, float footprint) {
  const float row = fraction(p.y / 0.22f);
  const float shine = mix(0.95f, 0.7f + 0.45f * row, visible(0.4f, footprint));
  return {s.base * (shine * (0.8f + 0.4f * noise(p * 0.9f, s.seed))), {}, 0.01f, 0};
}

Shade pickets(const Surface& s, Vec3 p, Vec3 n, float footprint) {
  const float along = std::fabs(n.x) > std::fabs(n.z) ? p.z : p.x;
  const float bar = fraction(along / s.a) < 0.42f ? 1.0f : 0.0f;
  return {mix(s.accent, s.base, mix(0.42f, bar, visible(s.a, footprint))), {}, 0, 0};
}

}  // namespace triptych::streets
