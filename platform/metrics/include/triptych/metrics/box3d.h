#pragma once

#include <array>
#include <numbers>

/// Boxes of Cityscapes-3D and their projection. No state, plain arithmetic in double.
///
/// Frames: V vehicle (x forward, y left, z up, origin on the ground under the rear axle); C camera
/// with V's axes; S camera, x right, y down, z forward: (x, y, z)_S = (-y, -z, x)_C.
/// Image: u = fx x/z + u0, v = fy y/z + v0, pixels, u right, v down.
/// Source: Gaehlert et al. 2020, arXiv 2006.07864, and the published evaluation code's conventions.
namespace triptych::metrics {

/// Corners in pixels; both are inside (a box of one pixel has xmin == xmax).
struct Box2d {
  double xmin = 0, ymin = 0, xmax = 0, ymax = 0;
};

using Quaternion = std::array<double, 4>;  ///< w, x, y, z

/// A box in frame V. Metres; `dimensions` = length, width, height along the box's own x, y, z;
/// `rotation` turns body into V, normalised where it is used.
struct Box3d {
  std::array<double, 3> center{};      ///< of the box, not of its bottom
  std::array<double, 3> dimensions{};  ///< > 0
  Quaternion rotation{1, 0, 0, 0};
};

struct VehicleCamera {
  double fx = 0, fy = 0, u0 = 0, v0 = 0;                       ///< pixels
  std::array<std::array<double, 4>, 3> camera_from_vehicle{};  ///< T: p_C = T [p_V; 1]
};

/// q / |q| when | |q|^2 - 1 | >= 1e-14; a quaternion of length 0 stays as it is.
[[nodiscard]] Quaternion normalised(const Quaternion& q);

/// Angles in radians with R = Rx(roll) Ry(pitch) Rz(yaw), unlike the usual z-y-x order; the
/// argument of the arcsine is clamped to [-1, 1].
struct EulerAngles {
  double yaw = 0, pitch = 0, roll = 0;
};
[[nodiscard]] EulerAngles euler_angles(const Quaternion& q);

/// The eight corners in frame S, in the order BLB BRB FRB FLB BLT BRT FRT FLT (Back/Front,
/// Left/Right, Bottom/Top; front = +x, left = +y, top = +z of the body).
[[nodiscard]] std::array<std::array<double, 3>, 8> corners_in_camera(const Box3d& box,
                                                                     const VehicleCamera& camera);

/// The 2D amodal box: the six faces, each clipped at z_S = 0.01 m, projected; extent clamped to
/// [0, 2047] x [0, 1023] (the size is a constant of the benchmark). Nothing in front: all zeros.
[[nodiscard]] Box2d amodal_box(const Box3d& box, const VehicleCamera& camera);

/// Intersection over union with inclusive pixels: width = xmax - xmin + 1.
[[nodiscard]] double inclusive_iou(const Box2d& a, const Box2d& b);
/// Intersection over the area of `of`, inclusive pixels.
[[nodiscard]] double inclusive_overlap(const Box2d& region, const Box2d& of);

/// Distance from the origin of V on the ground plane, metres (z is not used).
[[nodiscard]] double ground_distance(const Box3d& box);

}  // namespace triptych::metrics
