/// Coloured squares on a grey ground, for tests of training.
///
/// One square per image. Labels: "semseg" 0 = ground, 1 = red, 2 = green; "depth" 10 m for the
/// ground, 4 m for the square. With `is_partial` every second image has no depth.
#include <triptych/plugin.h>

#include <stdexcept>

namespace {

using namespace triptych;

std::uint64_t mixed(std::uint64_t v) {  // SplitMix64
  v += 0x9e3779b97f4a7c15ull;
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ull;
  v = (v ^ (v >> 27)) * 0x94d049bb133111ebull;
  return v ^ (v >> 31);
}

class Squares final : public Dataset {
 public:
  static Spec spec() {
    return Spec("squares", "Coloured squares on a grey ground.")
        .param("is_partial", false, "every second image has no depth")
        .param("fault", "none", "what goes wrong in image 3", one_of({"none", "file", "throw"}));
  }

  Squares(const Params& params, const DataPlace& place)
      : place_(place), is_partial_(params.flag("is_partial")), fault_(params.text("fault")) {}

  std::int64_t size(const std::string& split) const override {
    return place_.splits.at(split).count;
  }

  Sample sample(const std::string& split, std::int64_t index) const override {
    if (index == 3 && fault_ == "file") {
      throw Error("data.002", "squares/" + split + "/3.png", "cannot be decoded", "Restore it.");
    }
    if (index == 3 && fault_ == "throw") throw std::runtime_error("the disk is on fire");
    const auto [height, width] = place_.image;
    const auto random =
        mixed(place_.splits.at(split).seed ^ mixed(static_cast<std::uint64_t>(index)));
    const auto side = std::min(height, width) / 2;
    const auto top = static_cast<std::int64_t>(random % static_cast<std::uint64_t>(height - side));
    const auto left =
        static_cast<std::int64_t>((random >> 20) % static_cast<std::uint64_t>(width - side));
    const auto kind = static_cast<std::int64_t>(1 + (random >> 40) % 2);
    const auto inside = [&](torch::Tensor map) {
      return map.narrow(-2, top, side).narrow(-1, left, side);
    };
    Sample sample{.id = split + std::to_string(index),
                  .rgb = torch::full({3, height, width}, 120, torch::kByte),
                  .labels = {},
                  .camera = {}};
    inside(sample.rgb).copy_(torch::zeros({3, side, side}, torch::kByte));
    inside(sample.rgb)[kind - 1].fill_(250);
    sample.labels["semseg"] = torch::zeros({height, width}, torch::kByte);
    inside(sample.labels["semseg"]).fill_(kind);
    if (is_partial_ && index % 2 == 1) return sample;
    sample.labels["depth"] = torch::full({1, height, width}, 10.0f);
    inside(sample.labels["depth"]).fill_(4.0f);
    return sample;
  }

  std::vector<std::string> labels() const override { return {"semseg", "depth"}; }
  std::string data_hash() const override { return "squares"; }

 private:
  DataPlace place_;
  bool is_partial_;
  std::string fault_;
};

}  // namespace

TRIPTYCH_PLUGIN(Squares)
