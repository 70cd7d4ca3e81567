#include "builder.h"

namespace triptych::streets {

namespace {

constexpr float kPi = 3.14159265f;

Frame on_lane(const Lane& lane, float z, Rng& rng, float sway) {
  const float yaw = (lane.heading > 0 ? 0.0f : kPi) + rng.range(-0.02f, 0.02f);
  return upright({lane.x + rng.range(-sway, sway), 0, z}, yaw);
}

void park(Builder& build, Scene& scene, const Lane& lane, Rng& rng) {
  const float occupancy = rng.range(0.2f, 0.9f);
  for (float z = rng.range(3.5f, 8); z < 130; z += rng.range(5.3f, 6.4f)) {
    const Street& street = scene.street;
    bool is_free = !street.crosses(z - 5) && !street.crosses(z + 5) && !street.crosses(z);
    for (const float zebra : street.zebras) is_free = is_free && (z < zebra - 4 || z > zebra + 7);
    if (!is_free || !rng.chance(occupancy)) continue;
    const Frame frame = on_lane(lane, z, rng, 0.12f);
    if (rng.chance(0.05f))
      add_motorcycle(build, scene, frame, rng, false);
    else
      add_car(build, scene, frame, rng);
  }
}

void drive(Builder& build, Scene& scene, const Lane& lane, Rng& rng) {
  if (rng.chance(0.12f)) return;
  const float mean_gap = rng.range(9, 55);
  float z = lane.x == 0 ? rng.range(9, 38) : rng.range(6, 30);
  while (z < 150) {
    const float kind = rng.uniform();
    float length = kLongestCar;
    if (kind < 0.055f)
      length = kLongestTruck;
    else if (kind < 0.105f)
      length = kLongestBus;
    const Frame frame = on_lane(lane, z + length / 2, rng, 0.25f);
    if (kind < 0.055f)
      add_truck(build, scene, frame, rng);
    else if (kind < 0.105f)
      add_bus(build, scene, frame, rng);
    else if (kind < 0.145f)
      add_motorcycle(build, scene, frame, rng, true);
    else if (kind < 0.19f)
      add_bicycle(build, scene, frame, rng, true);
    else
      add_car(build, scene, frame, rng);
    z += length + 2.5f - std::log(1 - rng.uniform()) * mean_gap;
  }
}

void add_trams(Builder& build, Scene& scene, const Lane& lane, Rng& rng) {
  if (!rng.chance(0.6f)) return;
  const float z = rng.range(8, 75) + kTramLength / 2;
  add_tram(build, scene, on_lane(lane, z, rng, 0), rng);
}

/// Cyclists keep to the edge of the road.
void add_cyclists(Builder& build, Scene& scene, Rng& rng) {
  for (float z = rng.range(8, 90); z < 80; z += rng.range(15, 80)) {
    if (scene.street.crosses(z)) continue;
    const bool is_ours = rng.chance(0.65f);
    const bool has_parked =
        (is_ours ? scene.street.lanes.back() : scene.street.lanes.front()).use == Lane::Use::kPark;
    const float off = has_parked ? 2.9f : 0.8f;
    const float x = is_ours ? scene.street.right - off : scene.street.left + off;
    add_bicycle(build, scene, upright({x, 0, z}, is_ours ? 0 : kPi), rng, true);
  }
}

/// Traffic on the side streets and people who cross.
void add_crossing(Builder& build, Scene& scene, Rng& rng) {
  const Street street = scene.street;
  for (const auto& crossing : street.crossings) {
    const float middle = (crossing.from + crossing.to) / 2;
    for (const float side : {-1.0f, 1.0f}) {
      if (!rng.chance(0.45f)) continue;
      const float kerb = side < 0 ? street.left : street.right;
      const float x = kerb + side * rng.range(3.5f, 14);
      const float z = middle + side * (crossing.to - crossing.from) * 0.22f;
      add_car(build, scene, upright({x, 0, z}, -side * kPi / 2), rng);
    }
  }
  for (const float zebra : street.zebras) {
    for (int i = rng.below(4); i > 0; --i) {
      const float x = rng.range(street.left, street.right), z = zebra + rng.range(0.5f, 3);
      add_person(build, upright({x, 0, z}, rng.sign() * kPi / 2), rng);
    }
  }
}

}  // namespace

void add_traffic(Builder& build, Scene& scene, Rng& rng) {
  const Street street = scene.street;
  for (const auto& lane : street.lanes) {
    Rng stream(rng.next());
    switch (lane.use) {
      case Lane::Use::kPark:
        park(build, scene, lane, stream);
        break;
      case Lane::Use::kDrive:
        drive(build, scene, lane, stream);
        break;
      case Lane::Use::kTram:
        add_trams(build, scene, lane, stream);
        break;
    }
  }
  Rng cyclists(rng.next()), crossing(rng.next());
  if (rng.chance(0.6f)) add_cyclists(build, scene, cyclists);
  add_crossing(build, scene, crossing);
}

}  // namespace triptych::streets
