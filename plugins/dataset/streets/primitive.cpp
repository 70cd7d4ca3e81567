#include "primitive.h"

#include "rng.h"

namespace triptych::streets {

namespace {

bool intersect_convex(const Primitive& solid, Vec3 origin, Vec3 direction, float least,
                      float greatest, Hit& hit) {
  float enter = least, leave = greatest;
  int face = -1;
  for (int i = 0; i < solid.num_planes; ++i) {
    const Plane& plane = solid.planes[i];
    const float speed = dot(plane.normal, direction);
    const float distance = plane.offset - dot(plane.normal, origin);  // >= 0 inside
    if (speed < -1e-9f) {
      const float t = distance / speed;
      if (t > enter) {
        enter = t;
        face = i;
      }
    } else if (speed > 1e-9f) {
      leave = std::min(leave, distance / speed);
    } else if (distance < 0) {
      return false;
    }
    if (enter >= leave) return false;
  }
  if (face < 0) return false;
  hit = {enter, face};
  return true;
}

/// Leaves: near the rim of a crown, noise decides whether the ray passes.
bool passes_between_leaves(const Primitive& crown, Vec3 point, Vec3 direction, Vec3 normal) {
  const float facing = std::fabs(dot(normal, direction)) / length(direction);
  if (facing > 0.62f) return false;
  const std::uint32_t seed = 0x1eafu + crown.surface * 7919u;
  const float gap = 0.65f * noise(point * 2.3f, seed) + 0.35f * noise(point * 6.1f, seed + 1);
  return gap > 0.22f + 0.62f * facing;
}

bool intersect_ellipsoid(const Primitive& solid, Vec3 origin, Vec3 direction, float least,
                         float greatest, Hit& hit) {
  const Vec3 inverse{1 / solid.half.x, 1 / solid.half.y, 1 / solid.half.z};
  const Vec3 o = solid.frame.local_point(origin) * inverse;
  const Vec3 d = solid.frame.local_direction(direction) * inverse;
  const float a = dot(d, d), b = dot(o, d), c = dot(o, o) - 1;
  const float discriminant = b * b - a * c;
  if (discriminant <= 0 || c <= 0) return false;
  const float root = std::sqrt(discriminant);
  for (const float t : {(-b - root) / a, (-b + root) / a}) {
    if (t >= greatest) return false;
    if (t <= least) continue;
    if (!solid.is_leafy) {
      hit = {t, 0};
      return true;
    }
    const Vec3 point = origin + direction * t;
    if (!passes_between_leaves(solid, point, direction, normal_at(solid, point, 0))) {
      hit = {t, 0};
      return true;
    }
  }
  return false;
}

bool intersect_cylinder(const Primitive& solid, Vec3 origin, Vec3 direction, float least,
                        float greatest, Hit& hit) {
  const Vec3 o = solid.frame.local_point(origin), d = solid.frame.local_direction(direction);
  const float radius = solid.half.x, reach = solid.half.y;
  const float a = d.x * d.x + d.z * d.z;
  const float b = o.x * d.x + o.z * d.z;
  const float c = o.x * o.x + o.z * o.z - radius * radius;
  if (a > 1e-12f) {
    const float discriminant = b * b - a * c;
    if (discriminant <= 0) return false;
    const float t = (-b - std::sqrt(discriminant)) / a;
    if (t > least && t < greatest && std::fabs(o.y + t * d.y) <= reach) {
      hit = {t, 0};
      return true;
    }
  } else if (c > 0) {
    return false;
  }
  if (std::fabs(d.y) < 1e-9f) return false;
  const float t = ((d.y > 0 ? -reach : reach) - o.y) / d.y;
  if (t <= least || t >= greatest) return false;
  const float x = o.x + t * d.x, z = o.z + t * d.z;
  if (x * x + z * z > radius * radius) return false;
  hit = {t, 1};
  return true;
}

}  // namespace

bool intersect(const Primitive& primitive, Vec3 origin, Vec3 direction, float least, float greatest,
               Hit& hit) {
  switch (primitive.shape) {
    case Shape::kConvex:
      return intersect_convex(primitive, origin, direction, least, greatest, hit);
    case Shape::kEllipsoid:
      return intersect_ellipsoid(primitive, origin, direction, least, greatest, hit);
    case Shape::kCylinder:
      return intersect_cylinder(primitive, origin, direction, least, greatest, hit);
  }
  return false;
}

Vec3 normal_at(const Primitive& primitive, Vec3 point, int face) {
  if (primitive.shape == Shape::kConvex) return primitive.planes[face].normal;
  const Vec3 p = primitive.frame.local_point(point);
  if (primitive.shape == Shape::kCylinder) {
    if (face == 1) return primitive.frame.up * (p.y > 0 ? 1.0f : -1.0f);
    return normalized(primitive.frame.direction({p.x, 0, p.z}));
  }
  const Vec3 r = primitive.half;
  return normalized(
      primitive.frame.direction({p.x / (r.x * r.x), p.y / (r.y * r.y), p.z / (r.z * r.z)}));
}

void corners(const Primitive& primitive, Vec3 (&out)[8]) {
  // A cylinder's box is square around its axis: half.z is not read elsewhere.
  const Vec3 h = primitive.shape == Shape::kCylinder
                     ? Vec3{primitive.half.x, primitive.half.y, primitive.half.x}
                     : primitive.half;
  for (int i = 0; i < 8; ++i) {
    out[i] =
        primitive.frame.point({(i & 1) ? h.x : -h.x, (i & 2) ? h.y : -h.y, (i & 4) ? h.z : -h.z});
  }
}

}  // namespace triptych::streets
