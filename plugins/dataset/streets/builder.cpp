#include "builder.h"

namespace triptych::streets {

namespace {

Plane plane_through(const Frame& frame, Vec3 local_normal, Vec3 local_point) {
  const Vec3 normal = normalized(frame.direction(local_normal));
  return {normal, dot(normal, frame.point(local_point))};
}

}  // namespace

void Builder::begin(const Frame& frame, std::uint8_t label) {
  frame_ = frame;
  relabel(label);
}

void Builder::relabel(std::uint8_t label) {
  label_ = label;
  instance_ = has_instances(label) ? ++scene_.num_instances : 0;
}

std::uint16_t Builder::surface(const Surface& surface) {
  scene_.surfaces.push_back(surface);
  return static_cast<std::uint16_t>(scene_.surfaces.size() - 1);
}

std::uint16_t Builder::plain(Vec3 colour, float gloss) {
  return surface({.texture = Texture::kPlain,
                  .base = colour,
                  .gloss = gloss,
                  .seed = static_cast<std::uint32_t>(scene_.surfaces.size())});
}

Primitive& Builder::add(Shape shape, Vec3 centre, std::uint16_t surface) {
  Primitive& primitive = scene_.primitives.emplace_back();
  primitive.shape = shape;
  primitive.label = label_;
  primitive.instance = instance_;
  primitive.surface = surface;
  primitive.frame = frame_;
  primitive.frame.origin = frame_.point(centre);
  return primitive;
}

void Builder::box(Vec3 low, Vec3 high, std::uint16_t surface) {
  frustum(low, high, 0, 0, 0, surface);
}

void Builder::frustum(Vec3 low, Vec3 high, float front, float back, float sides,
                      std::uint16_t surface) {
  Primitive& solid = add(Shape::kConvex, (low + high) * 0.5f, surface);
  const Vec3 h = (high - low) * 0.5f;
  solid.half = h;
  // Where a side leans outwards, the box around the solid grows.
  solid.half.z += std::max({0.0f, -front, -back});
  solid.half.x += std::max(0.0f, -sides);
  const float tall = 2 * h.y;
  const Frame& f = solid.frame;
  solid.num_planes = 6;
  solid.planes[0] = plane_through(f, {tall, sides, 0}, {h.x, -h.y, 0});
  solid.planes[1] = plane_through(f, {-tall, sides, 0}, {-h.x, -h.y, 0});
  solid.planes[2] = plane_through(f, {0, 1, 0}, {0, h.y, 0});
  solid.planes[3] = plane_through(f, {0, -1, 0}, {0, -h.y, 0});
  solid.planes[4] = plane_through(f, {0, front, tall}, {0, -h.y, h.z});
  solid.planes[5] = plane_through(f, {0, back, -tall}, {0, -h.y, -h.z});
}

void Builder::ridge(Vec3 low, Vec3 high, bool along_x, std::uint16_t surface) {
  Primitive& solid = add(Shape::kConvex, (low + high) * 0.5f, surface);
  const Vec3 h = (high - low) * 0.5f;
  solid.half = h;
  const float tall = 2 * h.y;
  const Frame& f = solid.frame;
  solid.num_planes = 5;
  if (along_x) {
    solid.planes[0] = plane_through(f, {1, 0, 0}, {h.x, 0, 0});
    solid.planes[1] = plane_through(f, {-1, 0, 0}, {-h.x, 0, 0});
    solid.planes[2] = plane_through(f, {0, h.z, tall}, {0, h.y, 0});
    solid.planes[4] = plane_through(f, {0, h.z, -tall}, {0, h.y, 0});
  } else {
    solid.planes[0] = plane_through(f, {tall, h.x, 0}, {0, h.y, 0});
    solid.planes[1] = plane_through(f, {-tall, h.x, 0}, {0, h.y, 0});
    solid.planes[2] = plane_through(f, {0, 0, 1}, {0, 0, h.z});
    solid.planes[4] = plane_through(f, {0, 0, -1}, {0, 0, -h.z});
  }
  solid.planes[3] = plane_through(f, {0, -1, 0}, {0, -h.y, 0});
}

void Builder::ellipsoid(Vec3 centre, Vec3 radii, std::uint16_t surface, bool is_leafy) {
  Primitive& solid = add(Shape::kEllipsoid, centre, surface);
  solid.half = radii;
  solid.is_leafy = is_leafy;
}

void Builder::cylinder(Vec3 centre, int axis, float radius, float half_length,
                       std::uint16_t surface) {
  Vec3 along{axis == 0 ? half_length : 0, axis == 1 ? half_length : 0, axis == 2 ? half_length : 0};
  rod(centre - along, centre + along, radius, surface);
}

void Builder::rod(Vec3 from, Vec3 to, float radius, std::uint16_t surface) {
  Primitive& solid = add(Shape::kCylinder, (from + to) * 0.5f, surface);
  const Vec3 along = to - from;
  const float reach = length(along);
  solid.half = {radius, reach / 2, radius};
  Frame& f = solid.frame;
  f.up = frame_.direction(along * (1 / reach));
  const Vec3 other = std::fabs(dot(f.up, frame_.up)) > 0.9f ? frame_.forward : frame_.up;
  f.right = normalized(cross(other, f.up));
  f.forward = cross(f.right, f.up);
}

}  // namespace triptych::streets
