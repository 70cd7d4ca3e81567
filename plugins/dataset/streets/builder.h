#pragma once

#include "rng.h"
#include "scene.h"

namespace triptych::streets {

/// Adds solids to a scene. All of one object share its frame, label and instance.
class Builder {
 public:
  explicit Builder(Scene& scene) : scene_(scene) {}

  /// Starts an object: what follows belongs to it.
  void begin(const Frame& frame, std::uint8_t label);
  /// Goes on with the same object under another label (a rider on a bicycle: instance of its own).
  void relabel(std::uint8_t label);
  /// The instance of the current object, 0 for classes without instances.
  [[nodiscard]] std::uint16_t instance() const { return instance_; }

  [[nodiscard]] std::uint16_t surface(const Surface& surface);
  [[nodiscard]] std::uint16_t plain(Vec3 colour, float gloss = 0);

  void box(Vec3 low, Vec3 high, std::uint16_t surface);
  /// A box whose sides lean inwards towards the top by so many metres (negative: outwards).
  void frustum(Vec3 low, Vec3 high, float front, float back, float sides, std::uint16_t surface);
  /// A roof: ridge along z (or along x) in the middle of the box.
  void ridge(Vec3 low, Vec3 high, bool along_x, std::uint16_t surface);
  void ellipsoid(Vec3 centre, Vec3 radii, std::uint16_t surface, bool is_leafy = false);
  /// Axis: 0 = x, 1 = y, 2 = z of the object.
  void cylinder(Vec3 centre, int axis, float radius, float half_length, std::uint16_t surface);
  /// A thin cylinder between two points of the object.
  void rod(Vec3 from, Vec3 to, float radius, std::uint16_t surface);

 private:
  Primitive& add(Shape shape, Vec3 centre, std::uint16_t surface);

  Scene& scene_;
  Frame frame_;
  std::uint8_t label_ = kIgnored;
  std::uint16_t instance_ = 0;
};

/// Vehicles stand on the ground at `frame.origin`, heading along `frame.forward`; each adds its
/// box to Scene::vehicles.
void add_car(Builder& build, Scene& scene, const Frame& frame, Rng& rng);
void add_truck(Builder& build, Scene& scene, const Frame& frame, Rng& rng);
void add_bus(Builder& build, Scene& scene, const Frame& frame, Rng& rng);
void add_tram(Builder& build, Scene& scene, const Frame& frame, Rng& rng);
void add_motorcycle(Builder& build, Scene& scene, const Frame& frame, Rng& rng, bool has_rider);
void add_bicycle(Builder& build, Scene& scene, const Frame& frame, Rng& rng, bool has_rider);
/// The longest vehicles that the above make, metres.
inline constexpr float kLongestCar = 5.0f, kLongestTruck = 9.5f, kLongestBus = 12.5f;
inline constexpr float kTramLength = 27;

void add_person(Builder& build, const Frame& frame, Rng& rng);
/// The upper body of somebody who sits at `seat` height (object coordinates) and leans forward.
void add_rider(Builder& build, Vec3 seat, Vec3 hands, float feet_y, Rng& rng);

void add_tree(Builder& build, Vec3 foot, float height, Rng& rng);
void add_bush(Builder& build, Vec3 foot, float radius, Rng& rng);
void add_hedge(Builder& build, const Frame& frame, float length, float height, Rng& rng);

void add_lamp_post(Builder& build, const Frame& frame, Rng& rng);
void add_sign(Builder& build, const Frame& frame, Rng& rng);
void add_traffic_light(Builder& build, const Frame& frame, Rng& rng, float arm);
void add_bollard(Builder& build, Vec3 foot, Rng& rng);

/// A plot's content stands between x = 0 (the sidewalk's edge) and x = depth of the frame, z = 0
/// and z = length; the front looks along -x.
void add_building(Builder& build, const Frame& frame, float length, float depth, float height,
                  Rng& rng);
void add_wall(Builder& build, const Frame& frame, float length, Rng& rng);
void add_fence(Builder& build, const Frame& frame, float length, Rng& rng);

/// Parts of make_scene.
[[nodiscard]] Street make_street(Rng& rng);
[[nodiscard]] Light make_light(Rng& rng);
void add_sides(Builder& build, Scene& scene, Rng& rng);
void add_traffic(Builder& build, Scene& scene, Rng& rng);

}  // namespace triptych::streets
