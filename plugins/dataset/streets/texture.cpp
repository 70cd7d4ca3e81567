#include "textures.h"

namespace triptych::streets {

namespace {

Shade plain(const Surface& s, Vec3 p) {
  const float dirt = 0.86f + 0.28f * noise(p * 1.7f, s.seed);
  return {s.base * dirt, {}, s.gloss, 0};
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
