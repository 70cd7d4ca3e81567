#include "cast.h"

namespace triptych::streets {

namespace {

constexpr float kNearest = 0.35f;  // metres: nothing is seen closer to the lens

struct Bounds {
  float left = 1e9f, right = -1e9f, top = 1e9f, bottom = -1e9f, nearest = 1e9f;
};

/// Projects the bounding box, its edges cut at the nearest plane: a box behind it has no bounds.
Bounds project(const Camera& camera, const Primitive& primitive) {
  Vec3 world[8], seen[8];
  corners(primitive, world);
  for (int i = 0; i < 8; ++i) seen[i] = camera.to_camera_point(world[i]);
  Bounds bounds;
  const auto take = [&](Vec3 p) {
    const float u = static_cast<float>(camera.u0) + static_cast<float>(camera.fx) * p.x / p.z;
    const float v = static_cast<float>(camera.v0) + static_cast<float>(camera.fy) * p.y / p.z;
    bounds.left = std::min(bounds.left, u);
    bounds.right = std::max(bounds.right, u);
    bounds.top = std::min(bounds.top, v);
    bounds.bottom = std::max(bounds.bottom, v);
    bounds.nearest = std::min(bounds.nearest, p.z);
  };
  for (int i = 0; i < 8; ++i) {
    if (seen[i].z >= kNearest) take(seen[i]);
    for (const int bit : {1, 2, 4}) {
      const int j = i ^ bit;
      if (j < i || (seen[i].z < kNearest) == (seen[j].z < kNearest)) continue;
      take(mix(seen[i], seen[j], (kNearest - seen[i].z) / (seen[j].z - seen[i].z)));
    }
  }
  return bounds;
}

}  // namespace

ScreenIndex::ScreenIndex(const Scene& scene) : scene_(scene) {
  const int height = scene.camera.height, width = scene.camera.width;
  tile_columns_ = (width + kTile - 1) / kTile;
  const int tile_rows = (height + kTile - 1) / kTile;
  std::vector<Entry> items;
  items.reserve(scene.primitives.size());
  for (std::uint32_t i = 0; i < scene.primitives.size(); ++i) {
    const Bounds b = project(scene.camera, scene.primitives[i]);
    // One pixel of margin: rays between pixels look for the edges of things.
    if (b.right < -1 || b.bottom < -1 || b.left > static_cast<float>(width) ||
        b.top > static_cast<float>(height) || b.nearest > 1e8f) {
      continue;
    }
    const auto pixel = [](float v, int count) {
      return static_cast<std::int16_t>(
          floor_int(std::clamp(v, 0.0f, static_cast<float>(count - 1))));
    };
    items.push_back({b.nearest, i, pixel(b.left - 1, width), pixel(b.right + 2, width),
                     pixel(b.top - 1, height), pixel(b.bottom + 2, height)});
  }
  std::sort(items.begin(), items.end(), [](const Entry& a, const Entry& b) {
    return a.nearest != b.nearest ? a.nearest < b.nearest : a.primitive < b.primitive;
  });
  start_.assign(static_cast<std::size_t>(tile_columns_ * tile_rows) + 1, 0);
  const auto each_tile = [&](const Entry& item, const auto& visit) {
    for (int row = item.top / kTile; row <= item.bottom / kTile; ++row)
      for (int column = item.left / kTile; column <= item.right / kTile; ++column)
        visit(static_cast<std::size_t>(row * tile_columns_ + column));
  };
  for (const Entry& item : items) each_tile(item, [&](std::size_t t) { ++start_[t + 1]; });
  for (std::size_t t = 1; t < start_.size(); ++t) start_[t] += start_[t - 1];
  entries_.resize(start_.back());
  std::vector<std::uint32_t> next(start_.begin(), start_.end() - 1);
  for (const Entry& item : items)
    each_tile(item, [&](std::size_t t) { entries_[next[t]++] = item; });
}

Seen ScreenIndex::cast(Vec3 direction, int row, int column) const {
  const Vec3 origin = scene_.camera.position;
  Seen seen;
  float greatest = 400;  // metres: beyond is sky
  if (direction.y < -1e-6f) {
    const float t = -origin.y / direction.y;
    if (t < greatest) {
      greatest = t;
      seen.depth = t;
    }
  }
  const std::size_t tile = static_cast<std::size_t>((row / kTile) * tile_columns_ + column / kTile);
  for (std::uint32_t i = start_[tile]; i < start_[tile + 1]; ++i) {
    const Entry& entry = entries_[i];
    if (entry.nearest >= greatest) break;
    if (column < entry.left || column > entry.right || row < entry.top || row > entry.bottom)
      continue;
    const Primitive& primitive = scene_.primitives[entry.primitive];
    Hit hit;
    if (!intersect(primitive, origin, direction, kNearest, greatest, hit)) continue;
    greatest = hit.t;
    seen = {hit.t, &primitive, hit.face};
  }
  return seen;
}

SunIndex::SunIndex(const Scene& scene) : scene_(scene) {
  const Vec3 sun = scene.light.to_sun;
  across_ = normalized(cross({0, 1, 0}, sun));
  along_ = cross(sun, across_);
  // The part of the world whose shadows are seen: 30 m to each side, 90 m ahead.
  float low_across = 1e9f, high_across = -1e9f, low_along = 1e9f, high_along = -1e9f;
  for (const float x : {-24.0f, 24.0f})
    for (const float z : {0.0f, 90.0f}) {
      const Vec3 p{x, 0, z};
      low_across = std::min(low_across, dot(p, across_));
      high_across = std::max(high_across, dot(p, across_));
      low_along = std::min(low_along, dot(p, along_));
      high_along = std::max(high_along, dot(p, along_) + 6);
    }
  origin_across_ = low_across;
  origin_along_ = low_along;
  size_ = std::max(high_across - low_across, high_along - low_along) / kCells;
  struct Rect {
    int from_across, to_across, from_along, to_along;
  };
  std::vector<Rect> rects(scene.primitives.size());
  start_.assign(kCells * kCells + 1, 0);
  const auto each_cell = [](const Rect& r, const auto& visit) {
    for (int b = r.from_along; b <= r.to_along; ++b)
      for (int a = r.from_across; a <= r.to_across; ++a)
        visit(static_cast<std::size_t>(b * kCells + a));
  };
  for (std::size_t i = 0; i < scene.primitives.size(); ++i) {
    Vec3 world[8];
    corners(scene.primitives[i], world);
    float la = 1e9f, ha = -1e9f, ll = 1e9f, hl = -1e9f;
    for (const Vec3 p : world) {
      la = std::min(la, dot(p, across_));
      ha = std::max(ha, dot(p, across_));
      ll = std::min(ll, dot(p, along_));
      hl = std::max(hl, dot(p, along_));
    }
    rects[i] = {
        std::max(cell(la, origin_across_), 0), std::min(cell(ha, origin_across_), kCells - 1),
        std::max(cell(ll, origin_along_), 0), std::min(cell(hl, origin_along_), kCells - 1)};
    if (scene.primitives[i].label == kSidewalk || scene.primitives[i].label == kTerrain)
      rects[i].to_along = -1;  // flat strips cast no shadow worth a test
    each_cell(rects[i], [&](std::size_t c) { ++start_[c + 1]; });
  }
  for (std::size_t c = 1; c < start_.size(); ++c) start_[c] += start_[c - 1];
  entries_.resize(start_.back());
  std::vector<std::uint32_t> next(start_.begin(), start_.end() - 1);
  for (std::size_t i = 0; i < rects.size(); ++i)
    each_cell(rects[i],
              [&](std::size_t c) { entries_[next[c]++] = static_cast<std::uint32_t>(i); });
}

int SunIndex::cell(float v, float origin) const {
  return floor_int(std::clamp((v - origin) / size_, -1e6f, 1e6f));
}

bool SunIndex::is_shadowed(Vec3 point, Vec3 normal) const {
  const Vec3 from = point + normal * 0.02f;
  const int a = cell(dot(from, across_), origin_across_),
            b = cell(dot(from, along_), origin_along_);
  if (a < 0 || b < 0 || a >= kCells || b >= kCells) return false;
  const std::size_t c = static_cast<std::size_t>(b * kCells + a);
  for (std::uint32_t i = start_[c]; i < start_[c + 1]; ++i) {
    Hit hit;
    if (intersect(scene_.primitives[entries_[i]], from, scene_.light.to_sun, 0.005f, 1e6f, hit))
      return true;
  }
  return false;
}

ContactIndex::ContactIndex(const Scene& scene) : scene_(scene), cells_(kColumns * kRows) {
  for (std::size_t i = 0; i < scene.vehicles.size(); ++i) {
    const Vehicle& vehicle = scene.vehicles[i];
    const Vec3 o = vehicle.frame.origin, f = vehicle.frame.forward, r = vehicle.frame.right;
    const float reach_x =
        std::fabs(f.x) * vehicle.length_m / 2 + std::fabs(r.x) * vehicle.width_m / 2 + 0.7f;
    const float reach_z =
        std::fabs(f.z) * vehicle.length_m / 2 + std::fabs(r.z) * vehicle.width_m / 2 + 0.7f;
    const int left = std::max(floor_int((o.x - reach_x - kLeft) / kCell), 0);
    const int right = std::min(floor_int((o.x + reach_x - kLeft) / kCell), kColumns - 1);
    const int low = std::max(floor_int((o.z - reach_z) / kCell), 0);
    const int high = std::min(floor_int((o.z + reach_z) / kCell), kRows - 1);
    for (int z = low; z <= high; ++z)
      for (int x = left; x <= right; ++x)
        cells_[static_cast<std::size_t>(z * kColumns + x)].push_back(static_cast<std::uint16_t>(i));
  }
}

float ContactIndex::open_share(float x, float z) const {
  const int column = floor_int((x - kLeft) / kCell), row = floor_int(z / kCell);
  if (column < 0 || row < 0 || column >= kColumns || row >= kRows) return 1;
  float open = 1;
  for (const std::uint16_t i : cells_[static_cast<std::size_t>(row * kColumns + column)]) {
    const Vehicle& vehicle = scene_.vehicles[i];
    const Vec3 p = vehicle.frame.local_point({x, vehicle.frame.origin.y, z});
    const float dx = std::max(std::fabs(p.x) - vehicle.width_m / 2 + 0.1f, 0.0f);
    const float dz = std::max(std::fabs(p.z) - vehicle.length_m / 2 + 0.1f, 0.0f);
    const bool is_light = vehicle.label == kBicycle || vehicle.label == kMotorcycle;
    open *=
        1 - (is_light ? 0.5f : 0.88f) * (1 - smooth_step(0, 0.65f, std::sqrt(dx * dx + dz * dz)));
  }
  return open;
}

}  // namespace triptych::streets
