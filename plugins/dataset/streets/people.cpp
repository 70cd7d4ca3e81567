#include "builder.h"

namespace triptych::streets {

namespace {

struct Clothes {
  std::uint16_t top, trousers, shoes, skin, hair;
};

Clothes dress(Builder& build, Rng& rng) {
  static constexpr Vec3 kTops[] = {
      {0.03f, 0.03f, 0.035f}, {0.5f, 0.5f, 0.48f},  {0.3f, 0.03f, 0.04f},
      {0.05f, 0.09f, 0.25f},  {0.4f, 0.3f, 0.18f},  {0.1f, 0.2f, 0.1f},
      {0.12f, 0.12f, 0.13f},  {0.5f, 0.35f, 0.05f}, {0.25f, 0.1f, 0.25f}};
  static constexpr Vec3 kTrousers[] = {{0.03f, 0.04f, 0.09f},
                                       {0.02f, 0.02f, 0.022f},
                                       {0.1f, 0.1f, 0.1f},
                                       {0.25f, 0.19f, 0.12f},
                                       {0.06f, 0.09f, 0.18f}};
  static constexpr Vec3 kSkins[] = {
      {0.5f, 0.32f, 0.24f}, {0.42f, 0.26f, 0.18f}, {0.22f, 0.12f, 0.08f}};
  static constexpr Vec3 kHairs[] = {
      {0.015f, 0.012f, 0.01f}, {0.06f, 0.035f, 0.02f}, {0.25f, 0.16f, 0.06f}, {0.3f, 0.3f, 0.3f}};
  return {build.plain(rng.tinted(kTops[rng.below(9)], 0.2f)),
          build.plain(rng.tinted(kTrousers[rng.below(5)], 0.2f)),
          build.plain({0.02f, 0.018f, 0.016f}), build.plain(rng.tinted(kSkins[rng.below(3)], 0.1f)),
          build.plain(rng.tinted(kHairs[rng.below(4)], 0.15f))};
}

void add_head(Builder& build, Vec3 at, float size, const Clothes& clothes) {
  build.ellipsoid(at, {0.085f * size, 0.125f * size, 0.1f * size}, clothes.skin);
  build.ellipsoid(at + Vec3{0, 0.04f, -0.025f} * size, {0.095f * size, 0.105f * size, 0.1f * size},
                  clothes.hair);
}

}  // namespace

void add_person(Builder& build, const Frame& frame, Rng& rng) {
  const float s = (rng.chance(0.12f) ? rng.range(1.1f, 1.4f) : rng.range(1.58f, 1.9f)) / 1.75f;
  const float stride = rng.chance(0.65f) ? rng.range(0.15f, 0.32f) * s : 0.03f;
  build.begin(frame, kPerson);
  const Clothes clothes = dress(build, rng);
  const float hip = 0.9f * s, shoulder = 1.43f * s;
  for (const float side : {-1.0f, 1.0f}) {
    const float step = side * stride;
    const Vec3 knee{side * 0.095f * s, 0.48f * s, step * 0.55f + 0.03f};
    build.rod({side * 0.085f * s, hip, 0}, knee, 0.085f * s, clothes.trousers);
    build.rod(knee, {side * 0.1f * s, 0.07f * s, step}, 0.06f * s, clothes.trousers);
    build.ellipsoid({side * 0.1f * s, 0.05f * s, step + 0.05f}, {0.05f * s, 0.05f * s, 0.13f * s},
                    clothes.shoes);
    const Vec3 elbow{side * 0.25f * s, 1.13f * s, -step * 0.45f};
    build.rod({side * 0.19f * s, shoulder - 0.03f, 0}, elbow, 0.055f * s, clothes.top);
    build.rod(elbow, {side * 0.24f * s, 0.87f * s, -step * 0.7f + 0.06f}, 0.045f * s, clothes.top);
    build.ellipsoid({side * 0.24f * s, 0.84f * s, -step * 0.75f + 0.07f},
                    {0.04f * s, 0.06f * s, 0.04f * s}, clothes.skin);
  }
  build.frustum({-0.2f * s, hip - 0.1f, -0.115f * s}, {0.2f * s, shoulder + 0.04f * s, 0.115f * s},
                0.03f, 0.03f, rng.chance(0.5f) ? -0.02f : 0.03f, clothes.top);
  build.rod({0, shoulder, 0}, {0, shoulder + 0.14f * s, 0.01f}, 0.05f * s, clothes.skin);
  add_head(build, {0, 1.625f * s, 0.02f}, s, clothes);
  if (rng.chance(0.3f)) {  // bag
    build.box({-0.16f * s, 1.0f * s, -0.26f * s}, {0.16f * s, 1.42f * s, -0.1f * s},
              build.plain(rng.tinted({0.15f, 0.1f, 0.1f}, 0.6f)));
  }
}

void add_rider(Builder& build, Vec3 seat, Vec3 hands, float feet_y, Rng& rng) {
  build.relabel(kRider);
  const Clothes clothes = dress(build, rng);
  const Vec3 neck = seat + Vec3{0, 0.52f, 0.26f};
  for (const float side : {-1.0f, 1.0f}) {
    const float lift = side * 0.1f;
    const Vec3 hip = seat + Vec3{side * 0.1f, 0.03f, 0};
    const Vec3 knee{side * 0.14f, (seat.y + feet_y) / 2 + 0.12f + lift, seat.z + 0.36f};
    const Vec3 foot{side * 0.12f, feet_y + lift, seat.z + 0.22f};
    build.rod(hip, knee, 0.085f, clothes.trousers);
    build.rod(knee, foot, 0.06f, clothes.trousers);
    build.ellipsoid(foot + Vec3{0, -0.03f, 0.06f}, {0.05f, 0.05f, 0.13f}, clothes.shoes);
    const Vec3 shoulder = neck + Vec3{side * 0.19f, -0.04f, 0};
    const Vec3 hand{side * hands.x, hands.y, hands.z};
    const Vec3 elbow = (shoulder + hand) * 0.5f + Vec3{side * 0.06f, -0.06f, 0};
    build.rod(shoulder, elbow, 0.055f, clothes.top);
    build.rod(elbow, hand, 0.045f, clothes.top);
  }
  build.rod(seat + Vec3{0, 0.02f, 0}, neck + Vec3{0, -0.05f, 0}, 0.18f, clothes.top);
  build.ellipsoid(neck + Vec3{0, -0.04f, 0}, {0.23f, 0.1f, 0.12f}, clothes.top);
  add_head(build, neck + Vec3{0, 0.2f, 0.06f}, 1.08f, clothes);
  if (rng.chance(0.6f)) {  // helmet
    build.ellipsoid(neck + Vec3{0, 0.26f, 0.05f}, {0.12f, 0.12f, 0.15f},
                    build.plain(rng.tinted({0.4f, 0.4f, 0.42f}, 0.5f), 0.05f));
  }
}

}  // namespace triptych::streets
