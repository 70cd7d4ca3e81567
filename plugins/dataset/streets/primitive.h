#pragma once

#include <cstdint>

#include "labels.h"
#include "surface.h"
#include "vec.h"

namespace triptych::streets {

enum class Shape : std::uint8_t { kConvex, kEllipsoid, kCylinder };

struct Plane {
  Vec3 normal;       ///< outward, unit
  float offset = 0;  ///< normal . p <= offset inside
};

/// One solid. A scene is a few hundred to two thousand of these; everything that is seen is made
/// of them, the ground plane and the sky.
struct Primitive {
  Shape shape = Shape::kConvex;
  std::uint8_t label = kIgnored;
  std::uint8_t num_planes = 0;  ///< convex: 5 (ridge) or 6
  bool is_leafy = false;        ///< leaves are cut out of the rim of an ellipsoid
  std::uint16_t instance = 0;   ///< 0 for classes without instances
  std::uint16_t surface = 0;    ///< index into Scene::surfaces
  Frame frame;                  ///< local axes at the centre of the bounding box
  Vec3 half;                    ///< half sizes of the bounding box along the local axes; the radii
                                ///< of an ellipsoid; a cylinder runs along `up` with radius half.x
  Plane planes[6];              ///< convex only, world axes; in the order +x -x +y -y +z -z
};

/// Where a ray meets a primitive.
struct Hit {
  float t = 0;   ///< ray parameter; equals depth for primary rays (their z is 1 in camera axes)
  int face = 0;  ///< convex: index of the plane; cylinder: 0 side, 1 cap
};

/// Nearest intersection with t in (least, greatest), on the outside of the solid.
[[nodiscard]] bool intersect(const Primitive& primitive, Vec3 origin, Vec3 direction, float least,
                             float greatest, Hit& hit);

/// Outward unit normal at a point of the surface.
[[nodiscard]] Vec3 normal_at(const Primitive& primitive, Vec3 point, int face);

/// The eight corners of the bounding box, world axes.
void corners(const Primitive& primitive, Vec3 (&out)[8]);

}  // namespace triptych::streets
