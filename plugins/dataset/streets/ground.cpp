#include "scene.h"

#include "rng.h"

namespace triptych::streets {

namespace {

constexpr float kZebraDepth = 3.5f;

/// Share of a painted line of `width` at distance `off` that a pixel of `footprint` sees.
float line(float off, float width, float footprint) {
  const float blur = std::max(footprint, 0.01f);
  return clamp01((width / 2 + blur / 2 - std::fabs(off)) / blur) * std::min(1.0f, width / blur);
}

/// Share of white paint at (x, z) on the road.
float paint(const Street& street, float x, float z, float footprint) {
  const std::uint32_t seed = street.seed;
  if (street.crosses(z)) return 0;
  for (const float zebra : street.zebras) {
    if (z > zebra && z < zebra + kZebraDepth) {
      const float stripe = fraction(x + 100.25f) < 0.5f ? 1.0f : 0.0f;
      return mix(stripe, 0.5f, smooth_step(0.2f, 0.7f, footprint));
    }
    if (z > zebra - 1.6f && z < zebra - 1.1f && x > -1.7f && x < street.right - 0.3f)
      return 1;  // stop line
    if (z > zebra - 0.8f && z < zebra + kZebraDepth + 0.8f) return 0;
  }
  float share = 0;
  for (std::size_t i = 0; i + 1 < street.lanes.size(); ++i) {
    const Lane &a = street.lanes[i], &b = street.lanes[i + 1];
    const float off = x - (a.x + a.width / 2);
    if (std::fabs(off) > 0.5f) continue;
    const bool is_side = a.use != Lane::Use::kDrive || b.use != Lane::Use::kDrive;
    const bool is_solid = is_side || (a.heading != b.heading && (seed & 1u) != 0);
    if (is_side && (seed & 2u) != 0) continue;
    if (is_solid) {
      share = std::max(share, line(off, 0.13f, footprint));
    } else {
      const float gone = fraction(z / 9);
      const float dash = mix(gone < 0.38f ? 1.0f : 0.0f, 0.38f, smooth_step(2, 9, footprint * 6));
      share = std::max(share, line(off, 0.14f, footprint) * dash);
    }
  }
  return share;
}

float rails(const Street& street, float x, float footprint) {
  float share = 0;
  for (const auto& lane : street.lanes) {
    if (lane.use != Lane::Use::kTram) continue;
    share = std::max(share, line(std::fabs(x - lane.x) - 0.7175f, 0.12f, footprint));
  }
  return share;
}

Shade asphalt(const Street& street, float x, float z, float footprint) {
  const std::uint32_t seed = street.seed;
  const float fine = 1 - smooth_step(0.03f, 0.25f, footprint);
  float grey = 0.085f + 0.05f * unit(lattice(1, 2, seed));
  grey *= 0.86f + 0.28f * noise(x * 0.35f, z * 0.11f, seed + 1);       // worn patches
  grey *= 1 + fine * (0.36f * noise(x * 9, z * 9, seed + 2) - 0.18f);  // grain
  // Repairs: darker rectangles along the street.
  const int px = floor_int(x / 2.1f), pz = floor_int(z / 6.5f);
  if ((lattice(px, pz, seed + 3) & 15u) == 0) grey *= 0.72f;
  // Tyres polish two bands in each lane.
  for (const auto& lane : street.lanes) {
    if (lane.use != Lane::Use::kDrive) continue;
    const float off = std::fabs(std::fabs(x - lane.x) - 0.75f);
    if (off < 0.4f) grey *= 1 + 0.12f * (1 - off / 0.4f);
  }
  // The joint of the paving runs along the kerb.
  if (x - street.left < 0.35f || street.right - x < 0.35f) grey *= 1.25f;
  // Man-hole covers.
  const float mx = x - 0.4f, mz = fraction(z / 31 + unit(seed)) * 31 - 15;
  if (mx * mx + mz * mz < 0.1f) grey *= 0.5f;
  Shade out{{grey, grey * 1.01f, grey * 1.04f}, {}, 0.015f, 0};
  const float white =
      paint(street, x, z, footprint) * (0.72f + 0.28f * noise(x * 3, z * 3, seed + 5));
  out.albedo = mix(out.albedo, {0.62f, 0.62f, 0.6f}, white);
  const float steel = rails(street, x, footprint);
  out.albedo = mix(out.albedo, {0.2f, 0.19f, 0.18f}, steel);
  out.gloss += 0.2f * steel;
  return out;
}

}  // namespace

std::uint8_t ground_label(const Street& street, float x, float z) {
  if ((x > street.left && x < street.right) || street.crosses(z)) return kRoad;
  return (x < 0 ? street.left_green : street.right_green) ? kTerrain : kSidewalk;
}

Shade ground_shade(const Street& street, float x, float z, float footprint) {
  switch (ground_label(street, x, z)) {
    case kRoad:
      return asphalt(street, x, z, footprint);
    case kTerrain:
      return shade(
          {.texture = Texture::kGrass, .base = {0.09f, 0.13f, 0.035f}, .seed = street.seed},
          {x, 0, z}, {0, 1, 0}, {1000, 1, 1000}, footprint);
    default:
      return shade({.texture = Texture::kPavement,
                    .base = {0.25f, 0.24f, 0.23f},
                    .a = 0.5f,
                    .seed = street.seed},
                   {x, 0, z}, {0, 1, 0}, {1000, 1, 1000}, footprint);
  }
}

}  // namespace triptych::streets
