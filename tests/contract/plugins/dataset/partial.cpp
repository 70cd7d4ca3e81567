/// Partially labelled noise: sample i lacks label i mod (number of labels + 1), if there is one.
///
/// rgb is uniform noise; a label is a fixed function of it, so that there is something to learn.
/// Source: fixture.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Partial final : public Dataset {
 public:
  static Spec spec() {
    return Spec("partial", "Noise images; every sample but some lacks one label.")
        .param("labels", ParamValue(std::vector<std::string>{"semseg", "depth", "edges"}),
               "names of the labels")
        .input("index", "integer")
        .output("sample", "rgb 3 H W, labels 1 H W")
        .source("fixture");
  }

  Partial(const Params& params, const DataPlace& place)
      : labels_(params.texts("labels")), place_(place) {}

  std::int64_t size(const std::string& split) const override {
    return place_.splits.at(split).count;
  }
  std::vector<std::string> labels() const override { return labels_; }
  std::string data_hash() const override { return join(labels_, ","); }

  Sample sample(const std::string& split, std::int64_t index) const override {
    auto generator = at::detail::createCPUGenerator(place_.splits.at(split).seed + index);
    Sample sample{.id = split + std::to_string(index)};
    const std::vector<std::int64_t> size{3, place_.image.height, place_.image.width};
    sample.rgb = torch::randint(0, 256, size, generator, torch::kUInt8);
    const auto brightness = sample.rgb.to(torch::kFloat).mean(0, /*keepdim=*/true) / 255;
    for (std::size_t l = 0; l < labels_.size(); ++l) {
      if (index % (labels_.size() + 1) == l) continue;
      sample.labels[labels_[l]] = brightness * static_cast<double>(l + 1);
    }
    return sample;
  }

 private:
  std::vector<std::string> labels_;
  DataPlace place_;
};

}  // namespace

TRIPTYCH_PLUGIN(Partial)
