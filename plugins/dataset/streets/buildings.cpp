#include "builder.h"

namespace triptych::streets {

void add_building(Builder& build, const Frame& frame, float length, float depth, float height,
                  Rng& rng) {
  static constexpr Vec3 kWalls[] = {
      {0.5f, 0.43f, 0.31f},  {0.55f, 0.52f, 0.46f}, {0.36f, 0.15f, 0.1f}, {0.42f, 0.36f, 0.28f},
      {0.58f, 0.56f, 0.52f}, {0.3f, 0.29f, 0.28f},  {0.5f, 0.36f, 0.2f},  {0.28f, 0.2f, 0.15f},
      {0.44f, 0.44f, 0.38f}, {0.4f, 0.24f, 0.18f}};
  build.begin(frame, kBuilding);
  const Vec3 wall = rng.tinted(kWalls[rng.below(10)], 0.2f);
  const std::uint32_t seed = static_cast<std::uint32_t>(rng.next());
  const float floor = rng.range(2.9f, 3.6f), bay = rng.range(1.8f, 3.4f);
  const auto facade = build.surface({.texture = Texture::kFacade,
                                     .base = wall,
                                     .accent = rng.tinted({0.62f, 0.6f, 0.56f}, 0.15f),
                                     .a = floor,
                                     .b = bay,
                                     .c = rng.range(0.4f, 0.66f),
                                     .gloss = 0,
                                     .seed = seed});
  build.box({0, -0.3f, 0}, {depth, height, length}, facade);
  const auto trim = build.plain(wall * rng.range(0.65f, 1.2f));
  build.box({-0.35f, height - 0.45f, 0}, {0.1f, height, length}, trim);  // cornice
  if (rng.chance(0.5f)) build.box({-0.14f, floor + 0.55f, 0}, {0.05f, floor + 0.8f, length}, trim);
  if (rng.chance(0.65f)) {
    static constexpr Vec3 kTiles[] = {
        {0.24f, 0.09f, 0.05f}, {0.07f, 0.065f, 0.065f}, {0.17f, 0.08f, 0.05f}};
    const auto tiles = build.surface(
        {.texture = Texture::kTiles, .base = rng.tinted(kTiles[rng.below(3)], 0.2f), .seed = seed});
    const float rise = rng.range(2, 4.2f);
    build.ridge({-0.5f, height, 0}, {depth, height + rise, length}, false, tiles);
    for (int i = rng.below(3); i > 0; --i) {
      const float z = rng.range(0.15f, 0.85f) * length;
      build.box({depth * 0.3f, height, z}, {depth * 0.3f + 0.7f, height + rise + 0.6f, z + 1},
                trim);
    }
  }
  if (rng.chance(0.35f)) {  // balconies
    const auto rail = build.surface({.texture = Texture::kPickets,
                                     .base = {0.06f, 0.06f, 0.06f},
                                     .accent = wall * 0.6f,
                                     .a = 0.16f});
    for (float y = floor * 2; y + floor < height; y += floor)
      for (float z = bay * 1.0f; z + bay < length; z += bay * 3) {
        build.box({-1.0f, y - 0.12f, z}, {0, y, z + bay}, trim);
        build.box({-1.0f, y, z}, {-0.94f, y + 0.9f, z + bay}, rail);
      }
  }
  if (rng.chance(0.45f)) {  // awnings over the shops
    const auto cloth = build.plain(
        rng.tinted(rng.chance(0.5f) ? Vec3{0.35f, 0.05f, 0.05f} : Vec3{0.08f, 0.16f, 0.12f}, 0.4f));
    for (float z = 0.6f; z + 3 < length; z += rng.range(3.6f, 7))
      if (rng.chance(0.6f))
        build.frustum({-1.3f, 2.55f, z}, {0, 3.1f, z + 2.8f}, 0, 0, 0.9f, cloth);
  }
}

void add_wall(Builder& build, const Frame& frame, float length, Rng& rng) {
  build.begin(frame, kWall);
  const float height = rng.range(1.2f, 2.7f);
  const bool is_brick = rng.chance(0.55f);
  const Vec3 colour =
      rng.tinted(is_brick ? Vec3{0.32f, 0.14f, 0.09f} : Vec3{0.4f, 0.38f, 0.35f}, 0.25f);
  const auto wall = build.surface({.texture = is_brick ? Texture::kBricks : Texture::kPlain,
                                   .base = colour,
                                   .accent = {0.4f, 0.38f, 0.35f},
                                   .seed = static_cast<std::uint32_t>(rng.next())});
  build.box({0, -0.1f, 0}, {0.35f, height, length}, wall);
  const auto coping = build.plain(colour * 1.15f);
  build.box({-0.06f, height, 0}, {0.41f, height + 0.12f, length}, coping);
  for (float z = 0; z < length; z += 4)
    build.box({-0.08f, -0.1f, z}, {0.43f, height + 0.2f, z + 0.4f}, wall);
}

void add_fence(Builder& build, const Frame& frame, float length, Rng& rng) {
  build.begin(frame, kFence);
  static constexpr Vec3 kColours[] = {
      {0.05f, 0.06f, 0.05f}, {0.3f, 0.2f, 0.11f}, {0.5f, 0.5f, 0.48f}, {0.25f, 0.26f, 0.27f}};
  const float height = rng.range(1.0f, 1.9f);
  const Vec3 colour = rng.tinted(kColours[rng.below(4)], 0.2f);
  const auto pickets = build.surface({.texture = Texture::kPickets,
                                      .base = colour,
                                      .accent = {0.05f, 0.07f, 0.03f},
                                      .a = rng.range(0.14f, 0.3f)});
  const auto rail = build.plain(colour);
  build.box({0.03f, 0.08f, 0}, {0.08f, height, length}, pickets);
  build.box({0.0f, height - 0.16f, 0}, {0.11f, height - 0.06f, length}, rail);
  for (float z = 0; z < length; z += 2.5f)
    build.box({-0.02f, 0, z}, {0.13f, height + 0.1f, z + 0.13f}, rail);
}

}  // namespace triptych::streets
