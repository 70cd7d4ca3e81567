#include "bench_files.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "written_files.h"

namespace triptych::metrics::bench {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

class Folder {
 public:
  Folder() {
    auto name = (fs::temp_directory_path() / "triptych_bench_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string stem(int image) {
  char name[64];
  std::snprintf(name, sizeof(name), "city_%06d_000019", image);
  return name;
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

json box(std::mt19937& random, double x, double y) {
  std::normal_distribution<double> noise(0, 0.3);
  const double yaw = noise(random);
  const double u = 1000 - 2200 * y / x;
  const double size = 4000 / x;
  return {{"2d",
           {{"amodal", {std::round(u), 500, std::round(size), std::round(size)}},
            {"modal", {std::round(u), 500, std::round(size), std::round(size)}}}},
          {"3d",
           {{"center", {x, y, 0.8}},
            {"dimensions", {4.2 + noise(random), 1.8, 1.5}},
            {"rotation", {std::cos(yaw / 2), 0, 0, std::sin(yaw / 2)}}}}};
}

}  // namespace

const fs::path& folder() {
  static const Folder folder;
  return folder.path();
}

void write_detections(int images) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> count(15, 40), label(0, 5);
  std::uniform_real_distribution<double> ahead(6, 110), aside(-12, 12), score(0, 1);
  const std::vector<std::string> labels{"car", "truck", "bus", "train", "motorcycle", "bicycle"};
  for (int image = 0; image < images; ++image) {
    json truth{{"imgWidth", 2048},
               {"imgHeight", 1024},
               {"objects", json::array()},
               {"ignore", json::array()}};
    truth["sensor"] = {{"sensor_T_ISO_8855", {{1, 0, 0, -1.7}, {0, 1, 0, 0}, {0, 0, 1, -1.2}}},
                       {"fx", 2262.52},
                       {"fy", 2265.3},
                       {"u0", 1096.98},
                       {"v0", 513.1}};
    json prediction{{"objects", json::array()}};
    for (int i = count(random); i > 0; --i) {
      const double x = ahead(random);
      const double y = aside(random);
      const auto name = labels[label(random)];
      for (auto* file : {&truth, &prediction}) {
        auto entry = box(random, x, y);
        entry["label"] = name;
        entry["score"] = file == &truth ? 1.0 : score(random);
        (*file)["objects"].push_back(std::move(entry));
      }
    }
    write(folder() / "gt" / (stem(image) + "_gtBbox3d.json"), truth.dump());
    write(folder() / "boxes" / (stem(image) + "_pred.json"), prediction.dump());
  }
}

void write_labels(int images) {
  constexpr int kWidth = 2048, kHeight = 1024;
  const std::vector<int> ids{7, 8, 11, 17, 21, 23, 24, 26};
  // Few different pictures, written many times: decoding is the same work.
  std::vector<std::string> files;
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::uint16_t> samples(static_cast<std::size_t>(kWidth) * kHeight);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const double wave =
            std::sin(x * 0.011 + seed) + std::sin(y * 0.017 + x * 0.004) + y / 300.0;
        samples[y * kWidth + x] = ids[static_cast<int>(std::abs(wave * 2)) % ids.size()];
      }
    }
    for (int blob = 0; blob < 60; ++blob) {
      const int bx = static_cast<int>(random() % (kWidth - 60));
      const int by = static_cast<int>(random() % (kHeight - 60));
      for (int y = by; y < by + 60; ++y) {
        for (int x = bx; x < bx + 60; ++x) {
          if ((x - bx - 30) * (x - bx - 30) + (y - by - 30) * (y - by - 30) < 800)
            samples[y * kWidth + x] = 26;
        }
      }
    }
    const auto bytes = png(kWidth, kHeight, 8, PNG_COLOR_TYPE_GRAY, samples);
    files.emplace_back(bytes.begin(), bytes.end());
  }
  for (int image = 0; image < images; ++image) {
    write(folder() / "gtFine" / (stem(image) + "_gtFine_labelIds.png"), files[image % 8]);
    write(folder() / "labels" / (stem(image) + "_pred.png"), files[(image + 1) % 8]);
  }
}

BoundaryPair boundary_pair(int width, int height, unsigned seed) {
  BoundaryPair pair{width, height, {}, {}};
  std::mt19937 random(seed);
  const auto pixels = static_cast<std::size_t>(width) * height;
  pair.labels.resize(pixels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double a = std::sin(x * 0.03 + seed) + std::cos(y * 0.04 + x * 0.01);
      const double b = std::sin((x + y) * 0.02 - seed);
      pair.labels[y * width + x] = static_cast<std::uint8_t>(1 + std::floor((a + b + 3) * 1.5));
    }
  }
  std::vector<double> edge(pixels);
  for (int y = 1; y + 1 < height; ++y) {
    for (int x = 1; x + 1 < width; ++x) {
      const auto at = static_cast<std::size_t>(y) * width + x;
      const bool is_border =
          pair.labels[at] != pair.labels[at + 1] || pair.labels[at] != pair.labels[at + width];
      edge[at] = is_border ? 0.5 + 0.5 * std::sin(x * 0.05) * std::cos(y * 0.05) : 0;
    }
  }
  std::vector<double> blurred(pixels);
  for (int y = 2; y + 2 < height; ++y) {
    for (int x = 2; x + 2 < width; ++x) {
      double sum = 0;
      for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx)
          sum += edge[(y + dy) * width + x + dx] / (1 + dx * dx + dy * dy);
      }
      blurred[y * width + x] = sum;
    }
  }
  for (const double value : blurred) {
    const double noise = static_cast<double>(random() % 1000) / 1000;
    pair.prediction.push_back(
        static_cast<std::uint8_t>(std::clamp(120 * value + 45 * noise, 0.0, 255.0)));
  }
  return pair;
}

fs::path write_depth(const char* name, int images) {
  const auto file = folder() / name;
  const auto header = npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                                 std::to_string(images) + ", 1024, 2048), }");
  constexpr std::uint64_t kImageBytes = std::uint64_t{1024} * 2048 * 4;
  std::ofstream out(file, std::ios::binary);
  out << header;
  const std::vector<float> first(4096, 12.5F);
  for (int image = 0; image < images; ++image) {
    out.seekp(static_cast<std::streamoff>(header.size() + image * kImageBytes));
    out.write(reinterpret_cast<const char*>(first.data()),
              static_cast<std::streamsize>(first.size() * 4));
  }
  out.close();
  fs::resize_file(file, header.size() + images * kImageBytes);
  return file;
}

}  // namespace triptych::metrics::bench
