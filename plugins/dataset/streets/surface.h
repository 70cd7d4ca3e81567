#pragma once

#include <cstdint>

#include "vec.h"

namespace triptych::streets {

enum class Texture : std::uint8_t {
  kPlain,     ///< one colour with a little dirt
  kFacade,    ///< floors and bays of windows, shops and doors below
  kBricks,    ///< courses of bricks
  kTiles,     ///< roof tiles
  kPavement,  ///< slabs with a kerb stone
  kGrass,
  kPickets,  ///< fence: bars before a darker ground
  kBark,
  kLeaves,
  kCarBody,  ///< paint with lights, plate, bumper and door lines
  kCabin,    ///< glass between pillars, painted roof
  kWheel,
  kCoach,      ///< bus and tram: a band of windows, doors, a line of livery
  kCargo,      ///< a truck's box
  kSpokes,     ///< bicycle wheel
  kSignDisc,   ///< round sign: red ring, or blue
  kSignPlate,  ///< rectangular or triangular sign
  kLamps       ///< traffic light: red, amber, green
};

/// What a primitive's surface looks like. Colours are linear reflectances in 0..1.
struct Surface {
  Texture texture = Texture::kPlain;
  Vec3 base{0.5f, 0.5f, 0.5f};
  Vec3 accent{0.1f, 0.1f, 0.1f};
  float a = 0, b = 0, c = 0;  ///< sizes that the texture asks for (metres, counts)
  float gloss = 0;            ///< share of mirrored sky at a right angle; 0 = dull
  std::uint32_t seed = 0;
};

/// A surface's answer at one point.
struct Shade {
  Vec3 albedo;
  Vec3 glow;        ///< emitted light
  float gloss = 0;  ///< share of mirrored sky at a right angle
  float tilt = 0;   ///< how far noise turns the shading normal (leaves, grass); label normals stay
};

/// `local`: point in the primitive's frame; `normal`: its local unit normal; `half`: half sizes;
/// `footprint`: metres per pixel there (details smaller than it fade to their mean).
[[nodiscard]] Shade shade(const Surface& surface, Vec3 local, Vec3 normal, Vec3 half,
                          float footprint);

}  // namespace triptych::streets
