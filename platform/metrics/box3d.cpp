#include "triptych/metrics/box3d.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace triptych::metrics {

namespace {

using Point = std::array<double, 3>;
using Matrix = std::array<std::array<double, 3>, 3>;

constexpr double kNearPlane_m = 0.01;
constexpr double kLastColumn = 2047;  // of the benchmark's 2048 x 1024 images
constexpr double kLastRow = 1023;
constexpr double kNoZeroDivision = 1e-10;

Quaternion product(const Quaternion& a, const Quaternion& b) {
  return {a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
          a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
          a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
          a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]};
}

Matrix rotation_matrix(const Quaternion& rotation) {
  const auto [w, x, y, z] = normalised(rotation);
  return {{{w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)},
           {2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)},
           {2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z}}};
}

// Shepperd 1978: divides by the largest of the four components.
Quaternion quaternion_of(const std::array<std::array<double, 4>, 3>& m) {
  const double trace = m[0][0] + m[1][1] + m[2][2];
  const std::array<double, 4> choices{trace, m[0][0], m[1][1], m[2][2]};
  const auto largest = std::max_element(choices.begin(), choices.end()) - choices.begin();
  Quaternion q;
  if (largest == 0) {
    q = {1 + trace, m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]};
  } else {
    const int i = static_cast<int>(largest) - 1;
    const int j = (i + 1) % 3;
    const int k = (i + 2) % 3;
    q[0] = m[k][j] - m[j][k];
    q[1 + i] = 1 + m[i][i] - m[j][j] - m[k][k];
    q[1 + j] = m[j][i] + m[i][j];
    q[1 + k] = m[k][i] + m[i][k];
  }
  return normalised(q);
}

Point to_s(const Point& c) { return {-c[1], -c[2], c[0]}; }

struct Extent {
  double umin = std::numeric_limits<double>::infinity(), vmin = umin, umax = -umin, vmax = -umin;
  bool is_empty = true;

  void add(const Point& p, const VehicleCamera& camera) {
    const double u = camera.fx * p[0] / p[2] + camera.u0;
    const double v = camera.fy * p[1] / p[2] + camera.v0;
    umin = std::min(umin, u);
    umax = std::max(umax, u);
    vmin = std::min(vmin, v);
    vmax = std::max(vmax, v);
    is_empty = false;
  }
};

// Where the edge from `hidden` (z <= plane) to `visible` (z > plane) meets the plane.
Point at_near_plane(const Point& hidden, const Point& visible) {
  const double t = (kNearPlane_m - hidden[2]) / (visible[2] - hidden[2]);
  return {hidden[0] + t * (visible[0] - hidden[0]), hidden[1] + t * (visible[1] - hidden[1]),
          kNearPlane_m};
}

void add_face(Extent& extent, const std::array<Point, 4>& face, const VehicleCamera& camera) {
  for (int i = 0; i < 4; ++i) {
    if (face[i][2] > kNearPlane_m) {
      extent.add(face[i], camera);
      continue;
    }
    for (const int neighbour : {(i + 3) % 4, (i + 1) % 4}) {
      if (face[neighbour][2] <= kNearPlane_m) continue;
      extent.add(at_near_plane(face[i], face[neighbour]), camera);
    }
  }
}

double inclusive_area(const Box2d& box) {
  return (box.xmax - box.xmin + 1) * (box.ymax - box.ymin + 1);
}

double inclusive_intersection(const Box2d& a, const Box2d& b) {
  const double width = std::max(std::min(a.xmax, b.xmax) - std::max(a.xmin, b.xmin) + 1, 0.0);
  const double height = std::max(std::min(a.ymax, b.ymax) - std::max(a.ymin, b.ymin) + 1, 0.0);
  return width * height;
}

}  // namespace

Quaternion normalised(const Quaternion& q) {
  const double squared = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
  if (std::abs(1 - squared) < 1e-14 || squared == 0) return q;
  const double length = std::sqrt(squared);
  return {q[0] / length, q[1] / length, q[2] / length, q[3] / length};
}

EulerAngles euler_angles(const Quaternion& q) {
  const auto [w, x, y, z] = normalised(q);
  return {.yaw = std::atan2(2 * (w * z - x * y), 1 - 2 * (y * y + z * z)),
          .pitch = std::asin(std::clamp(2 * (w * y + z * x), -1.0, 1.0)),
          .roll = std::atan2(2 * (w * x - y * z), 1 - 2 * (x * x + y * y))};
}

std::array<Point, 8> corners_in_camera(const Box3d& box, const VehicleCamera& camera) {
  constexpr std::array<std::array<int, 3>, 8> kSigns{{{-1, 1, -1},
                                                      {-1, -1, -1},
                                                      {1, -1, -1},
                                                      {1, 1, -1},
                                                      {-1, 1, 1},
                                                      {-1, -1, 1},
                                                      {1, -1, 1},
                                                      {1, 1, 1}}};
  const auto& t = camera.camera_from_vehicle;
  const auto rotation = rotation_matrix(product(quaternion_of(t), normalised(box.rotation)));
  Point center;
  for (int i = 0; i < 3; ++i) {
    center[i] =
        t[i][0] * box.center[0] + t[i][1] * box.center[1] + t[i][2] * box.center[2] + t[i][3];
  }
  std::array<Point, 8> out;
  for (int corner = 0; corner < 8; ++corner) {
    Point c = center;
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) {
        c[i] += rotation[i][j] * (kSigns[corner][j] * box.dimensions[j] / 2);
      }
    }
    out[corner] = to_s(c);
  }
  return out;
}

Box2d amodal_box(const Box3d& box, const VehicleCamera& camera) {
  constexpr std::array<std::array<int, 4>, 6> kFaces{
      {{3, 0, 4, 7}, {1, 5, 6, 2}, {3, 2, 6, 7}, {0, 1, 5, 4}, {4, 5, 6, 7}, {0, 1, 2, 3}}};
  const auto corners = corners_in_camera(box, camera);
  Extent extent;
  for (const auto& face : kFaces) {
    add_face(extent, {corners[face[0]], corners[face[1]], corners[face[2]], corners[face[3]]},
             camera);
  }
  if (extent.is_empty) return {};
  return {.xmin = std::clamp(extent.umin, 0.0, kLastColumn),
          .ymin = std::clamp(extent.vmin, 0.0, kLastRow),
          .xmax = std::clamp(extent.umax, 0.0, kLastColumn),
          .ymax = std::clamp(extent.vmax, 0.0, kLastRow)};
}

double inclusive_iou(const Box2d& a, const Box2d& b) {
  const double both = inclusive_intersection(a, b);
  return both / (inclusive_area(a) + inclusive_area(b) - both + kNoZeroDivision);
}

double inclusive_overlap(const Box2d& region, const Box2d& of) {
  return inclusive_intersection(region, of) / (inclusive_area(of) + kNoZeroDivision);
}

double ground_distance(const Box3d& box) {
  return std::sqrt(box.center[0] * box.center[0] + box.center[1] * box.center[1]);
}

}  // namespace triptych::metrics
