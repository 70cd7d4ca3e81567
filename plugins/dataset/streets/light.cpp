#include "builder.h"

namespace triptych::streets {

Light make_light(Rng& rng) {
  Light light;
  light.seed = static_cast<std::uint32_t>(rng.next());
  const float azimuth = rng.range(0, 6.2832f), elevation = rng.range(0.35f, 1.05f);
  light.to_sun = {std::cos(elevation) * std::cos(azimuth), std::sin(elevation),
                  std::cos(elevation) * std::sin(azimuth)};
  light.cloud_cover = rng.chance(0.3f) ? rng.range(0.78f, 1.0f) : rng.range(0.05f, 0.6f);
  const float clear = 1 - smooth_step(0.6f, 0.85f, light.cloud_cover);
  const float warmth = 1 - smooth_step(0.3f, 0.8f, elevation);
  light.sun = mix(Vec3{1.0f, 0.96f, 0.9f}, Vec3{1.0f, 0.82f, 0.6f}, warmth) * (0.1f + 2.6f * clear);
  const Vec3 overcast{0.86f, 0.89f, 0.93f};
  light.zenith = mix(overcast * 0.8f, Vec3{0.2f, 0.38f, 0.8f}, clear);
  light.horizon =
      mix(overcast, mix(Vec3{0.68f, 0.8f, 0.96f}, Vec3{0.95f, 0.82f, 0.68f}, warmth * 0.6f), clear);
  light.sky = mix(overcast * 1.15f, Vec3{0.34f, 0.42f, 0.58f}, clear);
  light.ground = (light.sun * light.to_sun.y + light.sky) * 0.14f;
  light.fog_per_m = rng.chance(0.2f) ? rng.range(0.004f, 0.011f) : rng.range(0.0004f, 0.003f);
  light.exposure = rng.range(0.85f, 1.2f) * (0.95f + 0.35f * (1 - clear));
  light.noise = rng.range(0.006f, 0.022f);
  light.vignette = rng.range(0.05f, 0.22f);
  light.balance = {rng.range(0.93f, 1.07f), 1, rng.range(0.92f, 1.08f)};
  return light;
}

Vec3 sky_colour(const Light& light, Vec3 direction) {
  const float up = std::max(direction.y, 0.0f);
  Vec3 colour = mix(light.horizon, light.zenith, clamp01(1.6f * std::sqrt(up)) * 0.9f);
  const float reach = 1.3f / (up + 0.12f);
  const float x = direction.x * reach, z = direction.z * reach;
  const float billow = 0.55f * noise(x, z, light.seed) +
                       0.3f * noise(x * 2.7f, z * 2.7f, light.seed + 1) +
                       0.15f * noise(x * 6.1f, z * 6.1f, light.seed + 2);
  const float least = 0.78f - 0.6f * light.cloud_cover;
  const float cover = smooth_step(least, least + 0.22f, billow);
  const float shadow = smooth_step(least + 0.1f, least + 0.5f, billow);
  colour =
      mix(colour, mix(Vec3{1.05f, 1.04f, 1.03f}, Vec3{0.72f, 0.75f, 0.8f}, shadow), cover * 0.85f);
  const float glare = std::max(dot(direction, light.to_sun), 0.0f);
  const float glare4 = glare * glare * glare * glare;
  return colour + light.sun * (0.25f * glare4 * glare4);
}

}  // namespace triptych::streets
