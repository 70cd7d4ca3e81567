#pragma once

#include <vector>

#include "scene.h"

namespace triptych::streets {

/// What the camera sees along one ray.
struct Seen {
  float depth = 0;                       ///< 0 = sky
  const Primitive* primitive = nullptr;  ///< null: the ground plane or the sky
  int face = 0;
};

/// Finds the primitives that a camera ray can meet: each tile of the image has the list of those
/// whose projected bounds touch it, nearest first.
class ScreenIndex {
 public:
  ScreenIndex(const Scene& scene);
  [[nodiscard]] Seen cast(Vec3 direction, int row, int column) const;

 private:
  static constexpr int kTile = 8;
  struct Entry {
    float nearest;  ///< no point of the primitive has a smaller depth
    std::uint32_t primitive;
    std::int16_t left, right, top, bottom;  ///< pixels that it can cover, one more on each side
  };
  const Scene& scene_;
  int tile_columns_ = 0;
  std::vector<std::uint32_t> start_;  ///< of each tile in entries_, one more than tiles
  std::vector<Entry> entries_;
};

/// Finds what stands between a point and the sun: seen from the sun, the world is a plane, and each
/// cell of it has the list of the primitives whose bounds touch it. A shadow ray is one cell.
class SunIndex {
 public:
  explicit SunIndex(const Scene& scene);
  /// `normal`: of the surface at `point`, so that it does not shadow itself.
  [[nodiscard]] bool is_shadowed(Vec3 point, Vec3 normal) const;

 private:
  static constexpr int kCells = 96;
  [[nodiscard]] int cell(float v, float origin) const;
  const Scene& scene_;
  Vec3 across_, along_;  ///< axes of the plane, both at right angles to the sun
  float origin_across_ = 0, origin_along_ = 0, size_ = 1;
  std::vector<std::uint32_t> start_;
  std::vector<std::uint32_t> entries_;
};

/// Light that vehicles keep from the ground below and beside them, whatever the sun does.
class ContactIndex {
 public:
  explicit ContactIndex(const Scene& scene);
  /// Share of ambient light that reaches (x, z) on the ground.
  [[nodiscard]] float open_share(float x, float z) const;

 private:
  static constexpr int kColumns = 32, kRows = 64;
  static constexpr float kCell = 2, kLeft = -32;
  const Scene& scene_;
  std::vector<std::vector<std::uint16_t>> cells_;
};

}  // namespace triptych::streets
