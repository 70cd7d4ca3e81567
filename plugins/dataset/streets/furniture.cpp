#include "builder.h"

namespace triptych::streets {

namespace {

std::uint16_t pole_metal(Builder& build, Rng& rng) {
  static constexpr Vec3 kMetals[] = {
      {0.25f, 0.26f, 0.26f}, {0.12f, 0.13f, 0.13f}, {0.05f, 0.08f, 0.06f}};
  return build.plain(rng.tinted(kMetals[rng.below(3)], 0.15f), 0.03f);
}

}  // namespace

void add_lamp_post(Builder& build, const Frame& frame, Rng& rng) {
  build.begin(frame, kPole);
  const auto metal = pole_metal(build, rng);
  const float height = rng.range(6.5f, 9);
  build.rod({0, 0, 0}, {0, 1.1f, 0}, 0.13f, metal);
  build.rod({0, 1.1f, 0}, {0, height, 0}, 0.085f, metal);
  // The arm reaches over the road, which lies along -x of the frame.
  const float reach = rng.range(1.0f, 2.2f);
  build.rod({0, height, 0}, {-reach, height + 0.35f, 0}, 0.055f, metal);
  build.box({-reach - 0.5f, height + 0.28f, -0.14f}, {-reach + 0.1f, height + 0.42f, 0.14f}, metal);
}

void add_sign(Builder& build, const Frame& frame, Rng& rng) {
  build.begin(frame, kPole);
  const float height = rng.range(2.3f, 3.2f);
  build.rod({0, 0, 0}, {0, height + 0.25f, 0}, 0.04f, pole_metal(build, rng));
  build.relabel(kTrafficSign);
  const int count = rng.chance(0.35f) ? 2 : 1;
  for (int i = 0; i < count; ++i) {
    const float y = height - static_cast<float>(i) * 0.72f;
    const std::uint32_t seed = static_cast<std::uint32_t>(rng.next());
    if (rng.chance(0.5f)) {
      const bool is_blue = rng.chance(0.35f);
      const auto disc =
          build.surface({.texture = Texture::kSignDisc,
                         .base = is_blue ? Vec3{0.02f, 0.1f, 0.45f} : Vec3{0.75f, 0.75f, 0.75f},
                         .accent = is_blue ? Vec3{0.75f, 0.75f, 0.75f} : Vec3{0.55f, 0.02f, 0.03f},
                         .a = is_blue ? 1.0f : 0.0f,
                         .seed = seed});
      build.cylinder({0, y, -0.06f}, 2, 0.32f, 0.015f, disc);
    } else {
      static constexpr Vec3 kPlates[] = {
          {0.02f, 0.1f, 0.45f}, {0.65f, 0.5f, 0.02f}, {0.7f, 0.7f, 0.7f}, {0.02f, 0.25f, 0.1f}};
      const auto plate = build.surface({.texture = Texture::kSignPlate,
                                        .base = kPlates[rng.below(4)],
                                        .accent = {0.75f, 0.75f, 0.75f},
                                        .seed = seed});
      const float w = rng.range(0.26f, 0.5f), h = rng.range(0.22f, 0.34f);
      build.box({-w, y - h, -0.075f}, {w, y + h, -0.045f}, plate);
    }
  }
}

void add_traffic_light(Builder& build, const Frame& frame, Rng& rng, float arm) {
  build.begin(frame, kPole);
  const auto metal = pole_metal(build, rng);
  const float height = arm > 0 ? 5.6f : 3.4f;
  build.rod({0, 0, 0}, {0, height, 0}, 0.08f, metal);
  if (arm > 0) build.rod({0, height, 0}, {-arm, height + 0.1f, 0}, 0.06f, metal);
  build.relabel(kTrafficLight);
  const auto lamps = build.surface({.texture = Texture::kLamps,
                                    .base = {0.015f, 0.017f, 0.016f},
                                    .a = static_cast<float>(rng.below(3)),
                                    .c = 0.5f});
  build.box({-0.17f, 2.35f, -0.32f}, {0.17f, 3.3f, -0.09f}, lamps);
  if (arm > 0)
    build.box({-arm - 0.18f, height - 0.75f, -0.2f}, {-arm + 0.18f, height + 0.25f, 0.05f}, lamps);
}

void add_bollard(Builder& build, Vec3 foot, Rng& rng) {
  build.begin(upright(foot, 0), kPole);
  build.rod({0, 0, 0}, {0, rng.range(0.8f, 1.0f), 0}, 0.07f,
            build.plain({0.1f, 0.1f, 0.1f}, 0.03f));
}

}  // namespace triptych::streets
