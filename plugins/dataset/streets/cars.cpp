#include "builder.h"

namespace triptych::streets {

namespace {

Vec3 paint(Rng& rng) {
  // Shares as on European roads: mostly grey, black, white, then blue, red, others.
  static constexpr Vec3 kPaints[] = {
      {0.02f, 0.02f, 0.022f}, {0.04f, 0.042f, 0.045f}, {0.35f, 0.36f, 0.37f}, {0.5f, 0.5f, 0.5f},
      {0.72f, 0.72f, 0.7f},   {0.7f, 0.7f, 0.68f},     {0.12f, 0.13f, 0.14f}, {0.03f, 0.06f, 0.2f},
      {0.05f, 0.12f, 0.3f},   {0.4f, 0.02f, 0.02f},    {0.28f, 0.02f, 0.03f}, {0.03f, 0.12f, 0.06f},
      {0.45f, 0.32f, 0.12f},  {0.6f, 0.4f, 0.03f}};
  return rng.tinted(kPaints[rng.below(14)], 0.15f);
}

void add_wheels(Builder& build, float front_z, float back_z, float half_width, float radius,
                float tyre_width) {
  const auto wheel = build.surface({.texture = Texture::kWheel,
                                    .base = {0.012f, 0.012f, 0.013f},
                                    .accent = {0.35f, 0.35f, 0.36f}});
  for (const float z : {front_z, back_z})
    for (const float side : {-1.0f, 1.0f})
      build.cylinder({side * (half_width - tyre_width / 2), radius, z}, 0, radius, tyre_width / 2,
                     wheel);
}

void record(Builder& build, Scene& scene, const Frame& frame, std::uint8_t label, float length,
            float width, float height) {
  Vehicle vehicle{label, build.instance(), frame, length, width, height};
  vehicle.frame.origin = frame.point({0, height / 2, 0});
  scene.vehicles.push_back(vehicle);
}

}  // namespace

void add_car(Builder& build, Scene& scene, const Frame& frame, Rng& rng) {
  enum {
    kSmall,
    kHatch,
    kSaloon,
    kEstate,
    kVan
  } const kind = static_cast<decltype(kSmall)>(rng.below(5));
  constexpr float kLengths[] = {3.7f, 4.2f, 4.7f, 4.7f, 4.85f};
  constexpr float kHeights[] = {1.5f, 1.47f, 1.45f, 1.52f, 1.92f};
  const float l = kLengths[kind] * rng.range(0.96f, 1.03f), w = rng.range(1.68f, 1.86f);
  const float h = kHeights[kind] * rng.range(0.97f, 1.05f);
  build.begin(frame, kCar);
  record(build, scene, frame, kCar, l, w, h);
  const Vec3 colour = paint(rng);
  const auto body = build.surface({.texture = Texture::kCarBody,
                                   .base = colour,
                                   .a = l / 2,
                                   .gloss = 0.06f,
                                   .seed = static_cast<std::uint32_t>(rng.next())});
  const auto cabin = build.surface({.texture = Texture::kCabin,
                                    .base = colour,
                                    .accent = {0.015f, 0.018f, 0.02f},
                                    .gloss = 0.12f});
  const float hl = l / 2, hw = w / 2, waist = h * (kind == kVan ? 0.52f : 0.6f);
  const float wheel = kind == kVan ? 0.34f : 0.31f;
  const float bonnet = kind == kVan ? 0.35f : kind == kSmall ? 0.75f : 1.05f;
  const float boot = kind == kSaloon ? 0.75f : kind == kHatch || kind == kSmall ? 0.15f : 0.03f;
  // Lower body: sill, flanks that lean out a little, shoulders that lean in.
  build.frustum({-hw * 0.96f, 0.19f, -hl + 0.04f}, {hw * 0.96f, 0.42f, hl - 0.05f}, -0.05f, -0.04f,
                -0.02f, body);
  build.frustum({-hw, 0.42f, -hl}, {hw, waist, hl}, 0.10f, 0.05f, 0.05f, body);
  if (kind != kVan) {  // the bonnet falls towards the front
    build.frustum({-hw * 0.86f, waist - 0.02f, hl - bonnet - 0.2f},
                  {hw * 0.86f, waist + 0.07f, hl - 0.2f}, 0.5f, 0.0f, 0.08f, body);
  }
  const float slope_front = kind == kVan ? 0.55f : 0.62f;
  const float slope_back = kind == kSaloon ? 0.55f : kind == kVan ? 0.08f : 0.3f;
  build.frustum({-hw * 0.93f, waist, -hl + boot}, {hw * 0.93f, h - 0.04f, hl - bonnet}, slope_front,
                slope_back, 0.17f, cabin);
  const auto roof = build.plain(colour, 0.06f);
  build.frustum({-hw * 0.93f + 0.17f, h - 0.05f, -hl + boot + slope_back},
                {hw * 0.93f - 0.17f, h, hl - bonnet - slope_front}, 0.12f, 0.1f, 0.08f, roof);
  for (const float side : {-1.0f, 1.0f})  // mirrors
    build.box({side > 0 ? hw * 0.95f : -hw - 0.1f, waist + 0.02f, hl - bonnet - 0.42f},
              {side > 0 ? hw + 0.1f : -hw * 0.95f, waist + 0.15f, hl - bonnet - 0.3f}, roof);
  add_wheels(build, hl - 0.82f, -hl + 0.78f, hw + 0.01f, wheel, 0.21f);
}

void add_truck(Builder& build, Scene& scene, const Frame& frame, Rng& rng) {
  const float l = rng.range(6.2f, kLongestTruck), w = rng.range(2.2f, 2.5f);
  const float h = rng.range(2.8f, 3.7f), hl = l / 2, hw = w / 2;
  build.begin(frame, kTruck);
  record(build, scene, frame, kTruck, l, w, h);
  const Vec3 colour = paint(rng);
  const std::uint32_t seed = static_cast<std::uint32_t>(rng.next());
  const auto body = build.surface(
      {.texture = Texture::kCarBody, .base = colour, .a = hl, .gloss = 0.05f, .seed = seed});
  const auto glass = build.surface({.texture = Texture::kCabin,
                                    .base = colour,
                                    .accent = {0.015f, 0.018f, 0.02f},
                                    .gloss = 0.12f});
  const auto frame_metal = build.plain({0.03f, 0.03f, 0.03f});
  const float cab_back = hl - 2.0f, cab_height = std::min(h, 2.75f);
  build.frustum({-hw, 0.45f, cab_back}, {hw, 1.35f, hl}, 0.05f, 0, 0, body);
  build.frustum({-hw, 1.35f, cab_back}, {hw, cab_height, hl - 0.05f}, 0.28f, 0, 0.06f, glass);
  build.box({-hw * 0.9f, 0.5f, -hl}, {hw * 0.9f, 0.95f, cab_back}, frame_metal);
  static constexpr Vec3 kCargo[] = {{0.7f, 0.7f, 0.68f},  {0.5f, 0.52f, 0.55f},
                                    {0.06f, 0.13f, 0.3f}, {0.55f, 0.08f, 0.05f},
                                    {0.6f, 0.48f, 0.1f},  {0.1f, 0.3f, 0.14f}};
  const auto cargo = build.surface({.texture = Texture::kCargo,
                                    .base = rng.tinted(kCargo[rng.below(6)], 0.15f),
                                    .accent = rng.tinted(kCargo[rng.below(6)], 0.15f),
                                    .a = hl,
                                    .seed = seed});
  if (rng.chance(0.75f)) {
    build.box({-hw, 0.95f, -hl}, {hw, h, cab_back - 0.15f}, cargo);
  } else {  // flat bed with sides and a load
    build.box({-hw, 0.95f, -hl}, {hw, 1.75f, cab_back - 0.15f}, cargo);
    build.ellipsoid({0, 1.7f, -hl / 3}, {hw * 0.9f, 0.6f, hl * 0.55f},
                    build.plain({0.3f, 0.24f, 0.17f}));
  }
  add_wheels(build, hl - 1.15f, -hl + 1.3f, hw, 0.48f, 0.3f);
  if (l > 7.8f) add_wheels(build, -hl + 2.35f, -hl + 1.3f, hw, 0.48f, 0.3f);
}

void add_bus(Builder& build, Scene& scene, const Frame& frame, Rng& rng) {
  const float l = rng.range(10.5f, kLongestBus), w = 2.55f, h = rng.range(2.95f, 3.2f);
  const float hl = l / 2, hw = w / 2;
  build.begin(frame, kBus);
  record(build, scene, frame, kBus, l, w, h);
  static constexpr Vec3 kLiveries[] = {{0.6f, 0.42f, 0.03f},  {0.5f, 0.03f, 0.03f},
                                       {0.68f, 0.68f, 0.66f}, {0.05f, 0.15f, 0.4f},
                                       {0.06f, 0.3f, 0.15f},  {0.62f, 0.6f, 0.5f}};
  const auto coach = build.surface({.texture = Texture::kCoach,
                                    .base = rng.tinted(kLiveries[rng.below(6)], 0.15f),
                                    .accent = rng.tinted(kLiveries[rng.below(6)], 0.15f),
                                    .a = hl,
                                    .b = 1.45f,
                                    .c = 0.05f,
                                    .gloss = 0.06f,
                                    .seed = static_cast<std::uint32_t>(rng.next())});
  build.frustum({-hw, 0.32f, -hl}, {hw, h - 0.22f, hl}, 0.12f, 0.04f, 0.04f, coach);
  build.frustum({-hw + 0.06f, h - 0.22f, -hl + 0.1f}, {hw - 0.06f, h, hl - 0.2f}, 0.3f, 0.2f, 0.25f,
                coach);
  add_wheels(build, hl - 2.6f, -hl + 3.2f, hw + 0.01f, 0.48f, 0.3f);
}

void add_tram(Builder& build, Scene& scene, const Frame& frame, Rng& rng) {
  const float l = kTramLength, w = 2.4f, h = 3.35f, hl = l / 2, hw = w / 2;
  build.begin(frame, kTrain);
  record(build, scene, frame, kTrain, l, w, h);
  static constexpr Vec3 kLiveries[] = {
      {0.6f, 0.42f, 0.03f}, {0.45f, 0.03f, 0.04f}, {0.05f, 0.2f, 0.42f}, {0.66f, 0.66f, 0.62f}};
  const auto coach = build.surface({.texture = Texture::kCoach,
                                    .base = rng.tinted(kLiveries[rng.below(4)], 0.1f),
                                    .accent = rng.tinted(kLiveries[rng.below(4)], 0.1f),
                                    .a = hl / 3,
                                    .b = 1.5f,
                                    .c = 1,
                                    .gloss = 0.06f,
                                    .seed = static_cast<std::uint32_t>(rng.next())});
  const auto dark = build.plain({0.02f, 0.02f, 0.02f});
  for (int part = 0; part < 3; ++part) {
    const float from = -hl + part * l / 3 + 0.25f, to = -hl + (part + 1) * l / 3 - 0.25f;
    build.frustum({-hw, 0.3f, from}, {hw, h - 0.3f, to}, part == 2 ? 0.55f : 0.0f,
                  part == 0 ? 0.55f : 0.0f, 0.06f, coach);
    build.frustum({-hw + 0.1f, h - 0.3f, from + 0.5f}, {hw - 0.1f, h, to - 0.5f}, 0.3f, 0.3f, 0.3f,
                  coach);
    build.box({-hw + 0.15f, 0.05f, from + 0.8f}, {hw - 0.15f, 0.31f, to - 0.8f}, dark);
    if (part > 0)
      build.box({-hw + 0.15f, 0.35f, from - 0.6f}, {hw - 0.15f, h - 0.4f, from + 0.1f}, dark);
  }
  build.rod({0, h - 0.05f, -1}, {0, h + 0.9f, 0.3f}, 0.05f, dark);  // pantograph
  build.rod({0, h + 0.9f, 0.3f}, {0, h + 1.7f, -0.8f}, 0.05f, dark);
  build.rod({-0.8f, h + 1.7f, -0.8f}, {0.8f, h + 1.7f, -0.8f}, 0.05f, dark);
}

void add_motorcycle(Builder& build, Scene& scene, const Frame& frame, Rng& rng, bool has_rider) {
  const float l = rng.range(1.9f, 2.2f), hl = l / 2, r = 0.31f;
  build.begin(frame, kMotorcycle);
  record(build, scene, frame, kMotorcycle, l, 0.8f, 1.15f);
  const auto body = build.plain(paint(rng), 0.06f), dark = build.plain({0.02f, 0.02f, 0.02f});
  const auto metal = build.plain({0.3f, 0.3f, 0.31f}, 0.1f);
  const auto wheel = build.surface(
      {.texture = Texture::kWheel, .base = {0.012f, 0.012f, 0.013f}, .accent = {0.3f, 0.3f, 0.3f}});
  build.cylinder({0, r, hl - r}, 0, r, 0.06f, wheel);
  build.cylinder({0, r, -hl + r}, 0, r, 0.09f, wheel);
  build.ellipsoid({0, 0.78f, 0.18f}, {0.19f, 0.17f, 0.36f}, body);   // tank
  build.ellipsoid({0, 0.42f, 0}, {0.2f, 0.24f, 0.36f}, metal);       // engine
  build.box({-0.13f, 0.72f, -0.72f}, {0.13f, 0.84f, -0.05f}, dark);  // seat
  build.ellipsoid({0, 0.72f, -0.72f}, {0.14f, 0.13f, 0.3f}, body);   // tail
  build.rod({0, r, hl - r}, {0, 1.0f, 0.42f}, 0.05f, metal);         // fork
  build.rod({-0.38f, 1.02f, 0.4f}, {0.38f, 1.02f, 0.4f}, 0.025f, dark);
  build.ellipsoid({0, 0.9f, 0.56f}, {0.13f, 0.13f, 0.1f}, build.plain({0.8f, 0.8f, 0.7f}, 0.1f));
  build.rod({0.16f, 0.35f, 0.1f}, {0.2f, 0.36f, -0.85f}, 0.05f, metal);  // exhaust
  if (has_rider) add_rider(build, {0, 0.86f, -0.3f}, {0.33f, 1.02f, 0.36f}, 0.34f, rng);
}

void add_bicycle(Builder& build, Scene& scene, const Frame& frame, Rng& rng, bool has_rider) {
  const float l = rng.range(1.65f, 1.85f), hl = l / 2, r = 0.34f;
  build.begin(frame, kBicycle);
  record(build, scene, frame, kBicycle, l, 0.6f, 1.1f);
  const auto tube = build.plain(paint(rng), 0.04f), dark = build.plain({0.02f, 0.02f, 0.02f});
  const auto wheel = build.surface({.texture = Texture::kSpokes,
                                    .base = {0.015f, 0.015f, 0.015f},
                                    .accent = {0.25f, 0.24f, 0.23f}});
  const Vec3 hub_front{0, r, hl - r}, hub_back{0, r, -hl + r}, crank{0, 0.29f, -0.08f};
  const Vec3 saddle{0, 0.92f, -0.3f}, head{0, 0.82f, 0.34f}, bar{0, 1.04f, 0.32f};
  for (const Vec3 hub : {hub_front, hub_back}) build.cylinder(hub, 0, r, 0.025f, wheel);
  build.rod(hub_back, crank, 0.025f, tube);
  build.rod(hub_back, {0, 0.76f, -0.25f}, 0.022f, tube);
  build.rod(crank, saddle, 0.028f, tube);
  build.rod(crank, head, 0.032f, tube);
  build.rod({0, 0.76f, -0.25f}, head, 0.028f, tube);
  build.rod(hub_front, bar, 0.028f, tube);
  build.rod({-0.29f, 1.05f, 0.28f}, {0.29f, 1.05f, 0.28f}, 0.022f, dark);
  build.ellipsoid(saddle, {0.09f, 0.05f, 0.15f}, dark);
  if (rng.chance(0.4f)) build.box({-0.18f, 0.72f, 0.42f}, {0.18f, 0.98f, 0.72f}, dark);  // basket
  if (has_rider) add_rider(build, {0, 0.95f, -0.3f}, {0.26f, 1.05f, 0.26f}, 0.2f, rng);
}

}  // namespace triptych::streets
