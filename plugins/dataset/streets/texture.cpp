#include "rng.h"
#include "surface.h"

namespace triptych::streets {

namespace {

constexpr Vec3 kGlass{0.02f, 0.025f, 0.03f};

/// 1 where details of this period are larger than a pixel, 0 where they are not.
float visible(float period, float footprint) {
  return 1 - smooth_step(0.3f * period, 0.9f * period, footprint);
}

Shade plain(const Surface& s, Vec3 p) {
  const float dirt = 0.86f + 0.28f * noise(p * 1.7f, s.seed);
  return {s.base * dirt, {}, s.gloss, 0};
}

/// One facade: a ground floor with shops and doors, then floors and bays of windows.
Shade facade(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint) {
  if (std::fabs(n.y) > 0.7f) return {s.base * 0.5f, {}, 0, 0};
  const float along = std::fabs(n.x) > std::fabs(n.z) ? p.z + half.z : p.x + half.x;
  const float width = 2 * (std::fabs(n.x) > std::fabs(n.z) ? half.z : half.x);
  const float up = p.y + half.y - 0.3f;
  const float floor_height = s.a, ground_floor = s.a + 0.5f;
  const float weather = 0.84f + 0.22f * noise(along * 0.23f, up * 0.31f, s.seed) +
                        0.1f * noise(along * 2.9f, up * 1.3f, s.seed + 1);
  Vec3 wall = s.base * weather;
  if ((s.seed & 3u) == 0) {  // brick work
    const int course = floor_int(up / 0.12f);
    const float joint =
        fraction(up / 0.12f) < 0.15f || fraction(along / 0.3f + 0.5f * (course & 1)) < 0.06f;
    wall = mix(wall,
               wall * mix(0.8f + 0.4f * unit(lattice(floor_int(along / 0.3f), course, s.seed)),
                          1.35f, joint),
               visible(0.3f, footprint));
  }
  const bool is_ground = up < ground_floor;
  const float bay = is_ground ? s.b * 1.6f : s.b;
  const int num_bays = std::max(1, floor_int(width / bay));
  const float at = along / width * static_cast<float>(num_bays);
  const int column = floor_int(at);
  const int row = is_ground ? 0 : 1 + floor_int((up - ground_floor) / floor_height);
  const float u = (fraction(at) - 0.5f) * width / static_cast<float>(num_bays);
  const float real_bay = width / static_cast<float>(num_bays);
  const float v = is_ground ? up : up - ground_floor - static_cast<float>(row - 1) * floor_height;
  if (2 * half.y - 0.3f - ground_floor - static_cast<float>(row) * floor_height < 0 && !is_ground)
    return {wall, {}, 0, 0};  // a strip under the roof
  const std::uint32_t cell = lattice(column, row, s.seed + 9);
  const bool is_door = is_ground && (cell & 3u) == 0;
  const float half_width = is_door ? 0.55f : is_ground ? real_bay * 0.42f : real_bay * s.c * 0.5f;
  const float low = is_door ? 0.0f : is_ground ? 0.55f : floor_height * 0.27f;
  const float high = is_door ? 2.3f : is_ground ? ground_floor * 0.74f : floor_height * 0.82f;
  if (is_ground && v < 0.5f && !is_door) wall = wall * 0.62f;  // plinth
  const float du = half_width - std::fabs(u), dv = std::min(v - low, high - v);
  const float inside = std::min(du, dv);
  if (inside < -0.14f) return {wall, {}, 0, 0};
  if (inside < 0.03f) {  // surround and sill
    const float frame = visible(0.35f, footprint);
    const bool is_sill = v < low + 0.02f;
    return {mix(wall, s.accent * (is_sill ? 0.75f : 1.0f), frame), {}, 0, 0};
  }
  if (is_door) return {Vec3{0.12f, 0.07f, 0.04f} * (0.5f + unit(cell)), {}, 0.02f, 0};
  // Sash bars, then glass with curtains in some windows and a shadow of the reveal above.
  const float bar = visible(0.25f, footprint);
  const bool is_bar =
      std::fabs(u) < 0.035f || (!is_ground && std::fabs(v - mix(low, high, 0.68f)) < 0.035f);
  if (is_bar && bar > 0.3f) return {s.accent * 0.9f, {}, 0, 0};
  Vec3 glass = kGlass * (0.6f + 1.2f * unit(cell));
  const float curtain = unit(cell * 2654435761u);
  if (!is_ground && curtain > 0.55f && std::fabs(u) > half_width * (1.6f - curtain))
    glass = {0.3f, 0.28f, 0.25f};
  if (is_ground) {  // lit goods
    const float goods = noise(along * 2.3f, up * 3.1f, s.seed + 4);
    glass = glass + Vec3{0.12f, 0.1f, 0.07f} * (goods * goods);
  }
  if (high - v < 0.18f) glass = glass * 0.35f;
  return {glass, {}, 0.22f, 0};
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

Shade pavement(const Surface& s, Vec3 p, Vec3 half, float footprint) {
  const float dirt = 0.85f + 0.3f * noise(p.x * 0.7f, p.z * 0.7f, s.seed);
  const float kerb = half.x - std::fabs(p.x);
  if (kerb < 0.16f) {  // kerb stones, one metre long
    const float joint = fraction(p.z + half.z) < 0.04f ? 1.0f : 0.0f;
    return {Vec3{0.36f, 0.355f, 0.35f} * (dirt * (1 - 0.5f * joint * visible(0.4f, footprint))),
            {},
            0,
            0};
  }
  const float x = p.x / s.a, z = p.z / s.a;
  const bool is_joint = fraction(x) < 0.05f || fraction(z) < 0.05f;
  const float slab = 0.88f + 0.24f * unit(lattice(floor_int(x), floor_int(z), s.seed));
  const float detail = is_joint ? 0.62f : slab;
  return {s.base * (dirt * mix(1.0f, detail, visible(s.a, footprint))), {}, 0.01f, 0};
}

Shade grass(const Surface& s, Vec3 p, float footprint) {
  const float patch = noise(p.x * 0.4f, p.z * 0.4f, s.seed);
  const float blades = mix(0.5f, noise(p.x * 13, p.z * 13, s.seed + 1), visible(0.2f, footprint));
  const Vec3 dry{0.17f, 0.14f, 0.06f};
  return {mix(s.base, dry, 0.55f * smooth_step(0.45f, 0.85f, patch)) * (0.6f + 0.8f * blades),
          {},
          0,
          0.3f};
}

Shade pickets(const Surface& s, Vec3 p, Vec3 n, float footprint) {
  const float along = std::fabs(n.x) > std::fabs(n.z) ? p.z : p.x;
  const float bar = fraction(along / s.a) < 0.42f ? 1.0f : 0.0f;
  return {mix(s.accent, s.base, mix(0.42f, bar, visible(s.a, footprint))), {}, 0, 0};
}

Shade leaves(const Surface& s, Vec3 p, Vec3 half, float footprint) {
  const float clump = noise(p * 1.9f, s.seed);
  const float leaf = mix(0.5f, noise(p * 7.3f, s.seed + 3), visible(0.35f, footprint));
  const float depth = 0.55f + 0.45f * clamp01((p.y + half.y) / (2 * half.y));  // darker below
  const Vec3 young{s.base.x * 1.6f + 0.02f, s.base.y * 1.45f, s.base.z};
  return {mix(s.base * 0.75f, young, 0.6f * clump + 0.3f * leaf) * (depth * (0.45f + 1.0f * leaf)),
          {},
          0,
          0.75f};
}

Shade bark(const Surface& s, Vec3 p, float footprint) {
  const float grain = noise(p.x * 14, p.y * 2.2f, s.seed);
  return {s.base * (0.6f + 0.8f * mix(0.5f, grain, visible(0.15f, footprint))), {}, 0, 0};
}

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

Shade sign_disc(const Surface& s, Vec3 p, Vec3 n, Vec3 half) {
  // The cylinder's axis is the object's z; its cap has the local axes x and z.
  if (n.y > 0) return {{0.3f, 0.3f, 0.3f}, {}, 0, 0};  // the back is bare metal
  const float r = std::sqrt(p.x * p.x + p.z * p.z) / half.x;
  if (s.a > 0.5f)
    return {r > 0.9f || (std::fabs(p.x) < 0.07f && r < 0.6f) ? s.accent : s.base, {}, 0.02f, 0};
  if (r > 0.68f) return {s.accent, {}, 0.02f, 0};
  const bool has_figure = (s.seed & 1u) != 0 && std::fabs(p.z) < 0.1f && std::fabs(p.x) < 0.13f;
  return {has_figure ? Vec3{0.03f, 0.03f, 0.03f} : s.base, {}, 0.02f, 0};
}

Shade sign_plate(const Surface& s, Vec3 p, Vec3 n, Vec3 half) {
  if (n.z > -0.5f) return {{0.3f, 0.3f, 0.3f}, {}, 0, 0};
  const float rim = std::min(half.x - std::fabs(p.x), half.y - std::fabs(p.y));
  const bool is_text = std::fabs(fraction(p.y / half.y * 1.5f) - 0.5f) < 0.16f && rim > 0.07f &&
                       noise(p.x * 17, p.y * 3, s.seed) > 0.4f;
  return {rim < 0.025f || is_text ? s.accent : s.base, {}, 0.02f, 0};
}

/// `a`: which lamp burns (0 red, 1 amber, 2 green).
Shade lamps(const Surface& s, Vec3 p, Vec3 n, Vec3 half) {
  if (n.z > -0.5f) return {s.base, {}, 0.02f, 0};
  static constexpr Vec3 kLamps[] = {
      {1.0f, 0.05f, 0.03f}, {1.0f, 0.5f, 0.03f}, {0.05f, 0.95f, 0.4f}};
  const float third = 2 * half.y / 3;
  for (int i = 0; i < 3; ++i) {
    const float dy = p.y - (half.y - third * (static_cast<float>(i) + 0.5f));
    if (p.x * p.x + dy * dy > 0.115f * 0.115f) continue;
    return {kLamps[i] * 0.1f, static_cast<float>(i) == s.a ? kLamps[i] * 1.6f : Vec3{}, 0.02f, 0};
  }
  return {s.base, {}, 0.02f, 0};
}

}  // namespace

Shade shade(const Surface& s, Vec3 p, Vec3 n, Vec3 half, float footprint) {
  switch (s.texture) {
    case Texture::kPlain:
      return plain(s, p);
    case Texture::kFacade:
      return facade(s, p, n, half, footprint);
    case Texture::kBricks:
      return bricks(s, p, n, footprint);
    case Texture::kTiles:
      return tiles(s, p, footprint);
    case Texture::kPavement:
      return pavement(s, p, half, footprint);
    case Texture::kGrass:
      return grass(s, p, footprint);
    case Texture::kPickets:
      return pickets(s, p, n, footprint);
    case Texture::kBark:
      return bark(s, p, footprint);
    case Texture::kLeaves:
      return leaves(s, p, half, footprint);
    case Texture::kCarBody:
      return car_body(s, p, n, half, footprint);
    case Texture::kCabin:
      return cabin(s, p, n, half);
    case Texture::kWheel:
      return wheel(s, p, n, half);
    case Texture::kCoach:
      return coach(s, p, n, half, footprint);
    case Texture::kCargo:
      return cargo(s, p, n, half, footprint);
    case Texture::kSpokes:
      return spokes(s, p, n, half);
    case Texture::kSignDisc:
      return sign_disc(s, p, n, half);
    case Texture::kSignPlate:
      return sign_plate(s, p, n, half);
    case Texture::kLamps:
      return lamps(s, p, n, half);
  }
  return {};
}

}  // namespace triptych::streets
