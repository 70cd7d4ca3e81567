/// CamVid: photographs from a car with 11 classes, in the layout of the SegNet tutorial.
///
///   <root>/<split>/<id>.jpg (or .png)     <root>/<split>annot/<id>.png     split = train, val,
///   test
///
/// Masks hold the class per pixel, 8 bits, one channel: 0 sky, 1 building, 2 pole, 3 road,
/// 4 pavement, 5 tree, 6 sign, 7 fence, 8 car, 9 pedestrian, 10 bicyclist, 11 unlabelled (becomes
/// 255). Photographs are resized by area, masks by the nearest pixel. Labels: semseg, and edges:
/// the class boundaries of the resized mask (triptych/data/boundaries.h). The camera is unknown.
/// Source: Brostow, Fauqueur, Cipolla, "Semantic object classes in video", PRL 30(2), 2009;
/// split and classes of Badrinarayanan, Kendall, Cipolla, "SegNet", PAMI 39(12), 2017.
#include <triptych/core/hash.h>
#include <triptych/data/boundaries.h>
#include <triptych/data/pictures.h>
#include <triptych/plugin.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

namespace {

using namespace triptych;
namespace fs = std::filesystem;

constexpr std::uint8_t kUnlabelled = 11, kIgnored = 255;

class Camvid final : public Dataset {
 public:
  static Spec spec() {
    return Spec("camvid", "CamVid: photographs from a car, 11 classes (folder given as data.root).")
        .output("semseg", "H W")
        .output("edges", "1 H W")
        .source("Brostow et al. 2009; split of Badrinarayanan et al. 2017 (SegNet)");
  }

  Camvid(const Params&, const DataPlace& place) : place_(place) {
    if (place.root.empty()) {
      throw Error(Problem{.code = "data.016",
                          .message = "camvid: no folder is given",
                          .pointer = "/data/root",
                          .suggestion =
                              "Add data.root=PATH: a folder with train/, trainannot/, val/, "
                              "valannot/, test/ and testannot/."});
    }
    for (const auto& [name, split] : place.splits) files_[name] = listed(name, split.count);
  }

  std::int64_t size(const std::string& split) const override {
    return static_cast<std::int64_t>(find(split).size());
  }

  Sample sample(const std::string& split, std::int64_t index) const override {
    const fs::path& photograph = find(split).at(static_cast<std::size_t>(index));
    const fs::path mask = mask_of(split, photograph);
    const int height = static_cast<int>(place_.image.height),
              width = static_cast<int>(place_.image.width);
    const data::Picture image = data::read_picture(photograph.string());
    data::Picture labels = data::read_labels(mask.string());
    if (labels.height != image.height || labels.width != image.width) {
      throw Error(Problem{.code = "data.013",
                          .message = "the mask is " + size_text(labels),
                          .file = mask.string(),
                          .expected = "its photograph " + photograph.filename().string() + " is " +
                                      size_text(image),
                          .suggestion = "Replace one of them by the original file."});
    }
    check_and_map(labels, mask);
    labels = data::resized_by_nearest(labels, height, width);
    const data::Picture small = data::resized_by_area(image, height, width);
    Sample out{.id = split + "/" + photograph.stem().string(),
               .rgb = at::empty({3, height, width}, at::kByte),
               .labels = {},
               .camera = {}};
    std::uint8_t* to = out.rgb.mutable_data_ptr<std::uint8_t>();
    const std::size_t pixels = labels.pixels.size();
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t i = 0; i < pixels; ++i) *to++ = small.pixels[3 * i + c];
    out.labels["semseg"] = bytes(labels.pixels, {height, width});
    out.labels["edges"] = bytes(data::class_boundaries(labels.pixels, {}, height, width, kIgnored),
                                {1, height, width});
    return out;
  }

  std::vector<std::string> labels() const override { return {"semseg", "edges"}; }

  /// Names and bytes of all photographs and masks (44 MB: about 0.1 s).
  std::string data_hash() const override {
    core::Sha256 hash;
    for (const auto& [split, photographs] : files_) {
      for (const auto& photograph : photographs) {
        const fs::path mask = mask_of(split, photograph);
        hash.update(split + "/" + photograph.filename().string() + "\n" +
                    core::sha256_file(photograph) + "\n" + core::sha256_file(mask) + "\n");
      }
    }
    return hash.finish_hex();
  }

 private:
  fs::path folder(const std::string& split) const { return fs::path(place_.root) / split; }
  fs::path mask_of(const std::string& split, const fs::path& photograph) const {
    return folder(split + "annot") / (photograph.stem().string() + ".png");
  }

  const std::vector<fs::path>& find(const std::string& name) const {
    const auto found = files_.find(name);
    if (found != files_.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, list] : files_) names.push_back(known);
    throw Error(Problem{.code = "data.018",
                        .message = "camvid: there is no split \"" + name + "\"",
                        .expected = "the protocol has: " + join(names),
                        .suggestion = did_you_mean(name, names)});
  }

  void require_folder(const fs::path& path) const {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return;
    throw Error(Problem{
        .code = "data.010",
        .message = "there is no such folder",
        .file = path.string(),
        .expected =
            "camvid expects train/, trainannot/, val/, valannot/, test/ and testannot/ in " +
            place_.root,
        .suggestion = "Set data.root to the folder that holds them."});
  }

  /// Photographs of a split in the order of their names. Every one must have a mask; where the
  /// protocol states a number, there must be as many.
  std::vector<fs::path> listed(const std::string& split, std::int64_t count) const {
    require_folder(folder(split));
    require_folder(folder(split + "annot"));
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder(split))) {
      const auto extension = entry.path().extension();
      if (extension == ".jpg" || extension == ".jpeg" || extension == ".png")
        out.push_back(entry.path());
    }
    std::sort(out.begin(), out.end());
    if (out.empty() || (count > 0 && static_cast<std::int64_t>(out.size()) != count)) {
      throw Error(Problem{
          .code = "data.015",
          .message = "the folder holds " + std::to_string(out.size()) + " photographs (.jpg, .png)",
          .file = folder(split).string(),
          .expected =
              count > 0 ? "the protocol counts " + std::to_string(count) : "expected at least one",
          .suggestion = "Get the complete data set, or use a protocol for this subset."});
    }
    for (const auto& photograph : out) {
      std::error_code ignored;
      if (fs::is_regular_file(mask_of(split, photograph), ignored)) continue;
      throw Error(Problem{.code = "data.012",
                          .message = "the mask is missing",
                          .file = mask_of(split, photograph).string(),
                          .expected = "there is a photograph " + photograph.string(),
                          .suggestion = "Add the mask, or remove the photograph."});
    }
    return out;
  }

  static std::string size_text(const data::Picture& picture) {
    return std::to_string(picture.width) + " x " + std::to_string(picture.height) +
           " pixels (width x height)";
  }

  /// Unlabelled becomes "ignored"; values that are no class are refused.
  static void check_and_map(data::Picture& labels, const fs::path& file) {
    for (std::size_t i = 0; i < labels.pixels.size(); ++i) {
      std::uint8_t& label = labels.pixels[i];
      if (label < kUnlabelled) continue;
      if (label > kUnlabelled) {
        throw Error(Problem{
            .code = "data.014",
            .message = "label " + std::to_string(label) + " at row " +
                       std::to_string(i / static_cast<std::size_t>(labels.width)) + ", column " +
                       std::to_string(i % static_cast<std::size_t>(labels.width)),
            .file = file.string(),
            .expected = "labels are 0 to 10, or 11 for unlabelled",
            .suggestion =
                "Use the masks of the SegNet tutorial, whose pixels hold the class itself."});
      }
      label = kIgnored;
    }
  }

  static at::Tensor bytes(const std::vector<std::uint8_t>& values,
                          std::initializer_list<std::int64_t> sizes) {
    at::Tensor out = at::empty(sizes, at::kByte);
    std::memcpy(out.mutable_data_ptr(), values.data(), values.size());
    return out;
  }

  DataPlace place_;
  std::map<std::string, std::vector<fs::path>> files_;
};

}  // namespace

TRIPTYCH_PLUGIN(Camvid)
