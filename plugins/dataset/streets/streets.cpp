/// Procedural street scenes: ray cast on the CPU, with exact labels from the same rays.
///
/// A sample is a function of (seed of its split, split, index, image size) alone; nothing is read
/// from disk. Scenes: streets of three styles with buildings, vegetation, furniture, people and six
/// classes of vehicles under sun, clouds, fog and sensor noise, seen by a Cityscapes-like camera
/// whose height, pitch, yaw and roll vary.
///
/// Labels (axes as in triptych/dataset.h): semseg (Cityscapes train ids; 255 = our own bonnet),
/// depth (metres along the optical axis; 0 = sky or bonnet), disparity (pixels, baseline 0.22 m),
/// normals, edges (class or instance changes, see triptych/data/boundaries.h), instances.
/// Source: our own. Class ids and camera: Cordts et al., "The Cityscapes Dataset", CVPR 2016.
#include <triptych/core/hash.h>
#include <triptych/data/boundaries.h>
#include <triptych/plugin.h>

#include <cstring>

#include "render.h"

namespace {

using namespace triptych;

constexpr std::int64_t kSmallest = 32, kLargest = 4096;  // pixels per side

/// Interleaved [H, W, 3] to [3, H, W].
at::Tensor planes(const streets::Rendering& rendering) {
  at::Tensor out = at::empty({3, rendering.height, rendering.width}, at::kByte);
  std::uint8_t* to = out.mutable_data_ptr<std::uint8_t>();
  const std::size_t pixels = rendering.semseg.size();
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < pixels; ++i) *to++ = rendering.rgb[3 * i + c];
  return out;
}

template <class T>
at::Tensor tensor(const std::vector<T>& values, std::initializer_list<std::int64_t> sizes,
                  at::ScalarType type) {
  at::Tensor out = at::empty(sizes, type);
  std::memcpy(out.mutable_data_ptr(), values.data(), values.size() * sizeof(T));
  return out;
}

class Streets final : public Dataset {
 public:
  static Spec spec() {
    return Spec("streets", "Procedural street scenes with exact labels; needs no files.")
        .output("semseg", "H W")
        .output("depth", "1 H W")
        .output("disparity", "1 H W")
        .output("normals", "3 H W")
        .output("edges", "1 H W")
        .output("instances", "H W")
        .source("Own renderer; classes and camera as Cityscapes (Cordts et al. 2016)");
  }

  Streets(const Params&, const DataPlace& place) : place_(place) {
    for (const std::int64_t side : {place.image.height, place.image.width}) {
      if (side >= kSmallest && side <= kLargest) continue;
      throw Error(Problem{.code = "data.017",
                          .message = "streets cannot make images of " +
                                     std::to_string(place.image.height) + " x " +
                                     std::to_string(place.image.width) + " pixels",
                          .expected = "expected " + std::to_string(kSmallest) + " to " +
                                      std::to_string(kLargest) + " per side",
                          .suggestion = "Change the image size in the protocol."});
    }
  }

  std::int64_t size(const std::string& split) const override { return find(split).count; }

  Sample sample(const std::string& split, std::int64_t index) const override {
    const int height = static_cast<int>(place_.image.height),
              width = static_cast<int>(place_.image.width);
    const streets::Rendering r =
        streets::render_street(find(split).seed, split, index, height, width);
    std::vector<std::int32_t> instances(r.instance.begin(), r.instance.end());
    Sample out{.id = split + "-" + std::to_string(index),
               .rgb = planes(r),
               .labels = {},
               .camera = camera(r.camera)};
    out.labels["semseg"] = tensor(r.semseg, {height, width}, at::kByte);
    out.labels["depth"] = tensor(r.depth, {1, height, width}, at::kFloat);
    out.labels["disparity"] = tensor(r.disparity, {1, height, width}, at::kFloat);
    out.labels["normals"] = tensor(r.normals, {3, height, width}, at::kFloat);
    out.labels["edges"] = tensor(data::class_boundaries(r.semseg, r.instance, height, width),
                                 {1, height, width}, at::kByte);
    out.labels["instances"] = tensor(instances, {height, width}, at::kInt);
    return out;
  }

  std::vector<std::string> labels() const override {
    return {"semseg", "depth", "disparity", "normals", "edges", "instances"};
  }

  std::string data_hash() const override {
    std::string text = "streets\n" + std::to_string(place_.image.height) + " " +
                       std::to_string(place_.image.width) + "\n";
    for (const auto& [name, split] : place_.splits)
      text += name + " " + std::to_string(split.count) + " " + std::to_string(split.seed) + "\n";
    return core::sha256_hex(text);
  }

 private:
  const DataPlace::Split& find(const std::string& name) const {
    const auto found = place_.splits.find(name);
    if (found != place_.splits.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, split] : place_.splits) names.push_back(known);
    throw Error(Problem{.code = "data.018",
                        .message = "streets: there is no split \"" + name + "\"",
                        .expected = "the protocol has: " + join(names),
                        .suggestion = did_you_mean(name, names)});
  }

  static Camera camera(const streets::Camera& c) {
    return {.fx = c.fx,
            .fy = c.fy,
            .cx = c.u0,
            .cy = c.v0,
            .baseline_m = c.baseline_m,
            .height_m = c.height_m,
            .pitch_rad = c.pitch_rad};
  }

  DataPlace place_;
};

}  // namespace

TRIPTYCH_PLUGIN(Streets)
