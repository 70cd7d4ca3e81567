#pragma once

#include <cmath>
#include <cstdint>

#include "vec.h"

namespace triptych::streets {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection on 64 bits.
inline std::uint64_t mixed(std::uint64_t v) {
  v += 0x9e3779b97f4a7c15ull;
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ull;
  v = (v ^ (v >> 27)) * 0x94d049bb133111ebull;
  return v ^ (v >> 31);
}
inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b) { return mixed(mixed(a) ^ b); }

/// Random numbers that depend on the key alone, so that every part of a scene has a stream of its
/// own and adding a part does not change the others.
class Rng {
 public:
  explicit Rng(std::uint64_t key) : state_(mixed(key)) {}
  [[nodiscard]] std::uint64_t next() { return mixed(state_ += 0x9e3779b97f4a7c15ull); }
  /// In [0, 1).
  [[nodiscard]] float uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; }
  [[nodiscard]] float range(float least, float greatest) {
    return least + (greatest - least) * uniform();
  }
  /// In 0 .. count-1.
  [[nodiscard]] int below(int count) {
    return static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(count) >> 32);
  }
  [[nodiscard]] bool chance(float probability) { return uniform() < probability; }
  [[nodiscard]] float sign() { return chance(0.5f) ? 1.0f : -1.0f; }
  /// Each channel varied on its own by up to +-`spread`, and all together by up to +-`spread`.
  [[nodiscard]] Vec3 tinted(Vec3 colour, float spread) {
    const float all = 1 + range(-spread, spread), third = spread / 3;
    return {colour.x * all * (1 + range(-third, third)),
            colour.y * all * (1 + range(-third, third)),
            colour.z * all * (1 + range(-third, third))};
  }

 private:
  std::uint64_t state_;
};

/// 32-bit hash of lattice coordinates, for textures (few multiplications, good enough to the eye).
inline std::uint32_t lattice(int x, int y, std::uint32_t seed) {
  std::uint32_t h = seed + static_cast<std::uint32_t>(x) * 0x9e3779b1u +
                    static_cast<std::uint32_t>(y) * 0x85ebca77u;
  h = (h ^ (h >> 15)) * 0x2c1b3c6du;
  h = (h ^ (h >> 12)) * 0x297a2d39u;
  return h ^ (h >> 15);
}
inline std::uint32_t lattice(int x, int y, int z, std::uint32_t seed) {
  return lattice(x, y, seed + static_cast<std::uint32_t>(z) * 0xc2b2ae3du);
}
inline float unit(std::uint32_t hash) { return static_cast<float>(hash >> 8) * 0x1p-24f; }

/// Value noise in [0, 1], smooth, period-free; one lattice cell per unit.
inline float noise(float x, float y, std::uint32_t seed) {
  const int ix = floor_int(x), iy = floor_int(y);
  float fx = x - static_cast<float>(ix), fy = y - static_cast<float>(iy);
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  const float low = mix(unit(lattice(ix, iy, seed)), unit(lattice(ix + 1, iy, seed)), fx);
  const float high = mix(unit(lattice(ix, iy + 1, seed)), unit(lattice(ix + 1, iy + 1, seed)), fx);
  return mix(low, high, fy);
}
inline float noise(Vec3 p, std::uint32_t seed) {
  const int iz = floor_int(p.z);
  float fz = p.z - static_cast<float>(iz);
  fz = fz * fz * (3 - 2 * fz);
  const std::uint32_t step = 0xc2b2ae3du;
  const std::uint32_t base = seed + static_cast<std::uint32_t>(iz) * step;
  return mix(noise(p.x, p.y, base), noise(p.x, p.y, base + step), fz);
}

}  // namespace triptych::streets
