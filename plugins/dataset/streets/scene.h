#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "camera.h"
#include "primitive.h"
#include "surface.h"

namespace triptych::streets {

/// A stretch of the street that runs across ours.
struct Span {
  float from = 0, to = 0;
  [[nodiscard]] bool holds(float v) const { return v >= from && v <= to; }
};

/// A lane along the street.
struct Lane {
  enum class Use { kDrive, kPark, kTram };
  float x = 0;  ///< middle, metres
  float width = 3.3f;
  float heading = 1;  ///< +1 our way, -1 oncoming
  Use use = Use::kDrive;
};

/// The plan of the street: x across (ours is the lane at x = 0), z along.
struct Street {
  enum class Style { kCity, kSuburb, kPark };
  Style style = Style::kCity;
  float left = -6, right = 3;                    ///< kerbs
  float left_walk = 3, right_walk = 3;           ///< widths of the sidewalks
  float left_verge = 0, right_verge = 0;         ///< grass between sidewalk and plots
  bool left_green = false, right_green = false;  ///< what lies beyond: grass or pavement
  std::vector<Lane> lanes;
  std::vector<Span> crossings;  ///< side streets
  std::vector<float> zebras;    ///< z of the near edges, 3.5 m deep
  std::uint32_t seed = 0;
  [[nodiscard]] bool crosses(float z) const {
    for (const auto& crossing : crossings)
      if (crossing.holds(z)) return true;
    return false;
  }
};

/// Light, sky and air.
struct Light {
  Vec3 to_sun{0, 1, 0};           ///< unit
  Vec3 sun{1, 1, 1};              ///< irradiance over pi
  Vec3 sky{0.4f, 0.5f, 0.6f};     ///< ambient light from above
  Vec3 ground{0.1f, 0.1f, 0.1f};  ///< ambient light from below
  Vec3 zenith, horizon;           ///< colours of the sky
  float cloud_cover = 0;          ///< 0 clear .. 1 closed
  float fog_per_m = 0;            ///< extinction
  float exposure = 1;
  float noise = 0.01f;  ///< standard deviation of the sensor's noise, share of full scale
  float vignette = 0.1f;
  Vec3 balance{1, 1, 1};  ///< white balance
  std::uint32_t seed = 0;
};

/// One vehicle with its box; axes of `frame`: right, up, forward (direction of travel), origin at
/// the middle of the box.
struct Vehicle {
  std::uint8_t label = kCar;
  std::uint16_t instance = 0;
  Frame frame;
  float length_m = 0, width_m = 0, height_m = 0;
};

struct Scene {
  Camera camera;
  Street street;
  Light light;
  std::vector<Primitive> primitives;
  std::vector<Surface> surfaces;
  std::vector<Vehicle> vehicles;
  std::uint16_t num_instances = 0;
  float hood_height = 0;  ///< share of the image height that our own bonnet covers in the middle
  float hood_skew = 0;
};

/// The scene of one sample: a function of (seed, split, index) and the image size alone.
[[nodiscard]] Scene make_scene(std::uint64_t seed, const std::string& split, std::int64_t index,
                               int height, int width);

/// What lies on the plane y = 0 at (x, z): its label, and its colours for a pixel of `footprint` m.
[[nodiscard]] std::uint8_t ground_label(const Street& street, float x, float z);
[[nodiscard]] Shade ground_shade(const Street& street, float x, float z, float footprint);

/// Light from a direction of the sky (unit, y > 0 is up).
[[nodiscard]] Vec3 sky_colour(const Light& light, Vec3 direction);

}  // namespace triptych::streets
