#include "builder.h"

namespace triptych::streets {

namespace {

std::uint16_t leaves(Builder& build, Rng& rng) {
  static constexpr Vec3 kGreens[] = {{0.07f, 0.12f, 0.025f},
                                     {0.05f, 0.095f, 0.03f},
                                     {0.1f, 0.14f, 0.03f},
                                     {0.04f, 0.075f, 0.03f},
                                     {0.13f, 0.13f, 0.04f}};
  const Vec3 green = rng.chance(0.07f) ? Vec3{0.24f, 0.12f, 0.03f} : kGreens[rng.below(5)];
  return build.surface({.texture = Texture::kLeaves,
                        .base = rng.tinted(green, 0.25f),
                        .seed = static_cast<std::uint32_t>(rng.next())});
}

}  // namespace

void add_tree(Builder& build, Vec3 foot, float height, Rng& rng) {
  build.begin(upright(foot, rng.range(0, 6.28f)), kVegetation);
  const auto bark = build.surface({.texture = Texture::kBark,
                                   .base = rng.tinted({0.1f, 0.075f, 0.055f}, 0.2f),
                                   .seed = static_cast<std::uint32_t>(rng.next())});
  const auto crown = leaves(build, rng);
  const float trunk = height * 0.025f + 0.05f, clear = height * rng.range(0.26f, 0.38f);
  const Vec3 fork{rng.range(-0.15f, 0.15f), clear, 0};
  build.rod({0, -0.1f, 0}, fork, trunk, bark);
  const bool is_slim = rng.chance(0.2f);
  const float spread = height * (is_slim ? 0.17f : rng.range(0.25f, 0.36f));
  const float middle = (clear * 0.85f + height) / 2, tall = (height - clear * 0.85f) / 2;
  build.rod(fork, {0, middle + 0.3f * tall, 0}, trunk * 0.7f, bark);
  build.ellipsoid({0, middle, 0}, {spread * 0.8f, tall, spread * 0.8f}, crown, true);
  const int puffs = is_slim ? 2 : 5 + rng.below(3);
  for (int i = 0; i < puffs; ++i) {
    const float turn =
        6.2832f * (static_cast<float>(i) + rng.range(-0.3f, 0.3f)) / static_cast<float>(puffs);
    const float out = spread * rng.range(0.45f, 0.65f), size = spread * rng.range(0.42f, 0.62f);
    build.ellipsoid(
        {out * std::cos(turn), middle + tall * rng.range(-0.55f, 0.6f), out * std::sin(turn)},
        {size, size * rng.range(0.75f, 1.1f), size}, crown, true);
  }
  if (!is_slim) {
    const float turn = rng.range(0, 6.28f);
    build.rod(
        fork,
        {spread * 0.5f * std::cos(turn), middle - 0.2f * tall, spread * 0.5f * std::sin(turn)},
        trunk * 0.5f, bark);
  }
}

void add_bush(Builder& build, Vec3 foot, float radius, Rng& rng) {
  build.begin(upright(foot, rng.range(0, 6.28f)), kVegetation);
  const auto crown = leaves(build, rng);
  for (int i = 0; i < 3; ++i) {
    const float size = radius * rng.range(0.6f, 1.0f);
    build.ellipsoid(
        {rng.range(-0.6f, 0.6f) * radius, size * 0.75f, rng.range(-0.6f, 0.6f) * radius},
        {size, size * rng.range(0.8f, 1.1f), size}, crown, true);
  }
}

void add_hedge(Builder& build, const Frame& frame, float length, float height, Rng& rng) {
  build.begin(frame, kVegetation);
  const auto crown = leaves(build, rng);
  build.box({0.1f, 0, 0}, {0.85f, height * 0.9f, length}, crown);
  for (float z = 0.5f; z < length; z += rng.range(0.9f, 1.6f)) {
    const float size = rng.range(0.55f, 0.75f);
    build.ellipsoid({0.47f, height - size * 0.55f, z}, {size * 0.85f, size * 0.8f, size * 1.3f},
                    crown, true);
  }
}

}  // namespace triptych::streets
