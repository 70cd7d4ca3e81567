#include "render.h"

#include <array>

#include "cast.h"
#include "rng.h"

namespace triptych::streets {

namespace {

/// Linear light 0..4 -> 0..255, with a soft shoulder and the sRGB curve.
const std::array<float, 4097>& tone_curve() {
  static const auto curve = [] {
    std::array<float, 4097> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float light = static_cast<float>(i) / 1024.0f;
      const float v = light < 0.5f ? light : 0.5f + 0.5f * (1 - std::exp(-(light - 0.5f) * 2));
      out[i] = 255 * (v <= 0.0031308f ? 12.92f * v : 1.055f * std::pow(v, 1 / 2.4f) - 0.055f);
    }
    return out;
  }();
  return curve;
}

class Painter {
 public:
  explicit Painter(const Scene& scene)
      : scene_(scene), light_(scene.light), screen_(scene), sun_(scene), contact_(scene) {}

  [[nodiscard]] Seen cast(Vec3 direction, int row, int column) const {
    return screen_.cast(direction, row, column);
  }

  [[nodiscard]] Vec3 normal(const Seen& seen, Vec3 direction) const {
    if (seen.primitive == nullptr) return {0, 1, 0};
    const Vec3 n =
        normal_at(*seen.primitive, scene_.camera.position + direction * seen.depth, seen.face);
    return dot(n, direction) > 0 ? -n
                                 : n;  // between leaves the far side of a crown is seen from inside
  }

  [[nodiscard]] std::uint8_t label(const Seen& seen, Vec3 direction) const {
    if (seen.primitive != nullptr) return seen.primitive->label;
    if (seen.depth <= 0) return kSky;
    const Vec3 point = scene_.camera.position + direction * seen.depth;
    return ground_label(scene_.street, point.x, point.z);
  }

  /// Light that comes back along the ray.
  [[nodiscard]] Vec3 radiance(const Seen& seen, Vec3 direction) const {
    const float reach = length(direction);
    const Vec3 unit_direction = direction * (1 / reach);
    if (seen.depth <= 0) return sky_colour(light_, unit_direction);
    const Vec3 point = scene_.camera.position + direction * seen.depth;
    Vec3 n = normal(seen, direction);
    const float facing = std::max(-dot(n, unit_direction), 0.12f);
    const float footprint = seen.depth / static_cast<float>(scene_.camera.fx) / facing;
    const Shade surface = shade_at(seen, point, n, footprint);
    const float open = point.y < 0.3f && n.y > 0.9f ? contact_.open_share(point.x, point.z) : 1;
    const bool is_lit = dot(n, light_.to_sun) > 0 && !sun_.is_shadowed(point, n);
    if (surface.tilt > 0) n = tilted(n, point, surface.tilt);
    Vec3 incoming = (light_.sky * (0.5f + 0.5f * n.y) + light_.ground * (0.5f - 0.5f * n.y)) * open;
    if (is_lit)
      incoming += light_.sun * std::max(dot(n, light_.to_sun), 0.0f) * (0.35f + 0.65f * open);
    Vec3 colour = surface.albedo * incoming + surface.glow;
    if (surface.gloss > 0) colour += mirror(unit_direction, n, surface.gloss, is_lit);
    const float clear = std::exp(-light_.fog_per_m * seen.depth * reach);
    return mix(light_.horizon * 0.92f, colour, clear);
  }

  /// Our own bonnet, whose label is "ignored": its share of the way down to the lower edge, or < 0.
  [[nodiscard]] float bonnet(int row, int column) const {
    const float width = static_cast<float>(scene_.camera.width),
                height = static_cast<float>(scene_.camera.height);
    const float x = (static_cast<float>(column) / width - 0.5f - scene_.hood_skew) / 0.56f;
    const float tall = scene_.hood_height * (1 - x * x * x * x);
    const float up = 1 - (static_cast<float>(row) + 0.5f) / height;
    return up < tall ? 1 - up / tall : -1;
  }

  [[nodiscard]] Vec3 bonnet_light(float down) const {
    const Vec3 mirrored = mix(light_.horizon, light_.zenith, 0.3f + 0.4f * down);
    return mirrored * (0.16f - 0.1f * down) + Vec3{0.01f, 0.01f, 0.011f};
  }

 private:
  [[nodiscard]] Shade shade_at(const Seen& seen, Vec3 point, Vec3 n, float footprint) const {
    if (seen.primitive == nullptr) return ground_shade(scene_.street, point.x, point.z, footprint);
    const Primitive& p = *seen.primitive;
    return shade(scene_.surfaces[p.surface], p.frame.local_point(point), p.frame.local_direction(n),
                 p.half, footprint);
  }

  static Vec3 tilted(Vec3 n, Vec3 point, float tilt) {
    const Vec3 wobble{noise(point * 4.1f, 11) - 0.5f, noise(point * 4.1f, 12) - 0.5f,
                      noise(point * 4.1f, 13) - 0.5f};
    return normalized(n + wobble * (2 * tilt));
  }

  /// The sky mirrored by paint or glass (Schlick's approximation), and the sun on it.
  [[nodiscard]] Vec3 mirror(Vec3 direction, Vec3 n, float gloss, bool is_lit) const {
    const float cosine = clamp01(-dot(direction, n));
    const float graze = 1 - cosine, graze2 = graze * graze;
    const float share = gloss + (1 - gloss) * graze2 * graze2 * graze * 0.6f;
    const Vec3 out = direction + n * (2 * cosine);
    const Vec3 above = mix(light_.horizon, light_.zenith, clamp01(out.y * 1.4f));
    const Vec3 below = light_.ground * 0.8f + light_.sky * 0.06f;  // houses and road
    Vec3 seen = mix(below, above, smooth_step(0.02f, 0.4f, out.y));
    if (is_lit) {
      const float glint = std::max(dot(out, light_.to_sun), 0.0f);
      const float g8 = glint * glint * glint * glint * glint * glint * glint * glint;
      seen += light_.sun * (4 * g8 * g8 * g8 * g8);
    }
    return seen * share;
  }

  const Scene& scene_;
  const Light& light_;
  ScreenIndex screen_;
  SunIndex sun_;
  ContactIndex contact_;
};

/// Whether two neighbours differ enough for a jagged edge to be seen.
bool contrasts(Vec3 a, Vec3 b) {
  const float left = a.x + a.y + a.z, right = b.x + b.y + b.z;
  return std::fabs(left - right) > 0.2f * (left + right);
}

/// Sensor: exposure, vignette, white balance, noise, tone curve.
void expose(const Scene& scene, const std::vector<Vec3>& linear, Rendering& out) {
  const auto& curve = tone_curve();
  const Light& light = scene.light;
  for (int row = 0; row < out.height; ++row) {
    for (int column = 0; column < out.width; ++column) {
      const std::size_t at = static_cast<std::size_t>(row) * out.width + column;
      const float x = 2 * static_cast<float>(column) / out.width - 1,
                  y = 2 * static_cast<float>(row) / out.height - 1;
      const float gain = light.exposure * (1 - light.vignette * 0.5f * (x * x + y * y));
      const Vec3 c = linear[at] * light.balance * gain;
      const std::uint64_t bits = mixed((static_cast<std::uint64_t>(light.seed) << 32) + at);
      const float values[3] = {c.x, c.y, c.z};
      for (int k = 0; k < 3; ++k) {
        const float place = std::clamp(values[k], 0.0f, 3.999f) * 1024;
        const int low = static_cast<int>(place);
        const float tone = mix(curve[low], curve[low + 1], place - static_cast<float>(low));
        // Two uniform numbers of 10 bits make a triangle of standard deviation 1/sqrt(6).
        const float u = static_cast<float>((bits >> (20 * k)) & 1023) +
                        static_cast<float>((bits >> (20 * k + 10)) & 1023);
        const float noise = (u / 1023 - 1) * 2.449f * light.noise * 255;
        out.rgb[at * 3 + k] =
            static_cast<std::uint8_t>(std::clamp(tone + noise + 0.5f, 0.0f, 255.0f));
      }
    }
  }
}

void allocate(Rendering& out, const Camera& camera) {
  out.height = camera.height;
  out.width = camera.width;
  out.camera = camera;
  const std::size_t pixels = static_cast<std::size_t>(out.height) * out.width;
  out.rgb.resize(pixels * 3);
  out.semseg.resize(pixels);
  out.instance.resize(pixels);
  out.depth.resize(pixels);
  out.disparity.resize(pixels);
  out.normals.resize(pixels * 3);
}

/// Keeps the vehicles of which something is seen.
void count_vehicles(const Scene& scene, Rendering& out) {
  std::vector<std::int32_t> pixels(static_cast<std::size_t>(scene.num_instances) + 1, 0);
  for (const std::uint16_t instance : out.instance) ++pixels[instance];
  for (const Vehicle& vehicle : scene.vehicles) {
    if (pixels[vehicle.instance] == 0) continue;
    out.vehicles.push_back(vehicle);
    out.visible.push_back(pixels[vehicle.instance]);
  }
}

}  // namespace

Rendering render(const Scene& scene) {
  Rendering out;
  const Camera& camera = scene.camera;
  allocate(out, camera);
  const Painter painter(scene);
  const std::size_t pixels = out.semseg.size();
  std::vector<Vec3> linear(pixels);
  std::vector<const void*> what(pixels);  // the primitive and face, to find edges for smoothing
  const float disparity_of = static_cast<float>(camera.baseline_m * camera.fx);
  for (int row = 0; row < out.height; ++row) {
    for (int column = 0; column < out.width; ++column) {
      const std::size_t at = static_cast<std::size_t>(row) * out.width + column;
      if (const float down = painter.bonnet(row, column); down >= 0) {
        out.semseg[at] = kIgnored;
        linear[at] = painter.bonnet_light(down);
        continue;
      }
      const Vec3 direction = camera.ray(static_cast<float>(column), static_cast<float>(row));
      const Seen seen = painter.cast(direction, row, column);
      out.semseg[at] = painter.label(seen, direction);
      linear[at] = painter.radiance(seen, direction);
      if (seen.depth <= 0) continue;
      what[at] = seen.primitive != nullptr
                     ? static_cast<const void*>(&seen.primitive->planes[seen.face])
                     : &out;
      out.instance[at] = seen.primitive != nullptr ? seen.primitive->instance : 0;
      out.depth[at] = seen.depth;
      out.disparity[at] = disparity_of / seen.depth;
      const Vec3 n = camera.to_camera_direction(painter.normal(seen, direction));
      out.normals[at] = n.x;
      out.normals[pixels + at] = n.y;
      out.normals[2 * pixels + at] = n.z;
    }
  }
  // Colours (not labels) are averaged over two more rays at the visible edges of things.
  for (int row = 0; row + 1 < out.height; ++row) {
    for (int column = 0; column + 1 < out.width; ++column) {
      const std::size_t at = static_cast<std::size_t>(row) * out.width + column;
      const std::size_t beside = at + 1, below = at + static_cast<std::size_t>(out.width);
      const bool is_rim = (what[at] != what[beside] && contrasts(linear[at], linear[beside])) ||
                          (what[at] != what[below] && contrasts(linear[at], linear[below]));
      if (out.semseg[at] == kIgnored || !is_rim) continue;
      Vec3 sum = linear[at];
      for (const auto& [du, dv] : {std::pair{0.45f, 0.15f}, std::pair{0.15f, 0.45f}}) {
        const Vec3 direction =
            camera.ray(static_cast<float>(column) + du, static_cast<float>(row) + dv);
        sum += painter.radiance(painter.cast(direction, row, column), direction);
      }
      linear[at] = sum * (1.0f / 3);
    }
  }
  expose(scene, linear, out);
  count_vehicles(scene, out);
  return out;
}

Rendering render_street(std::uint64_t seed, const std::string& split, std::int64_t index,
                        int height, int width) {
  return render(make_scene(seed, split, index, height, width));
}

}  // namespace triptych::streets
