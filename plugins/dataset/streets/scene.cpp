#include "scene.h"

#include "builder.h"

namespace triptych::streets {

namespace {

/// FNV-1a: names of splits get random streams that share nothing.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

}  // namespace

Scene make_scene(std::uint64_t seed, const std::string& split, std::int64_t index, int height,
                 int width) {
  Rng root(mixed(mixed(seed, hash_of(split)), static_cast<std::uint64_t>(index)));
  Rng camera(root.next()), street(root.next()), light(root.next()), sides(root.next()),
      traffic(root.next());
  Scene scene;
  scene.primitives.reserve(2048);
  scene.camera = random_camera(height, width, camera);
  scene.hood_height = camera.range(0.035f, 0.075f);
  scene.hood_skew = camera.range(-0.06f, 0.06f);
  scene.street = make_street(street);
  scene.light = make_light(light);
  Builder build(scene);
  add_traffic(build, scene, traffic);
  add_sides(build, scene, sides);
  return scene;
}

}  // namespace triptych::streets
