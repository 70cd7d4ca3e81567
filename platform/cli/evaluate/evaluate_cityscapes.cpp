#include <algorithm>
#include <optional>

#include "evaluate_files.h"
#include "evaluate_forms.h"
#include "evaluate_progress.h"
#include "triptych/error.h"
#include "triptych/metrics/cityscapes.h"
#include "triptych/metrics/parallel.h"
#include "triptych/metrics/png.h"

namespace triptych::cli {

namespace fs = std::filesystem;
using metrics::CityscapesScore;
using metrics::kCityscapesIds;

namespace {

constexpr const char* kTruthSuffix = "_gtFine_labelIds.png";

struct Files {
  std::string key;
  fs::path truth, prediction;
  std::optional<fs::path> instances;
};

std::string name_of(const fs::path& file) { return file.filename().string(); }

// "<city>_<seq>_<frame>" of a ground-truth file: the first three parts of its name.
std::string key_of(const fs::path& truth) {
  const auto name = name_of(truth);
  std::size_t end = 0;
  for (int part = 0; part < 3 && end != std::string::npos; ++part)
    end = name.find('_', end + (part > 0));
  return name.substr(0, end);
}

// All predictions whose name starts with the key; exactly one is right.
fs::path prediction_of(const std::string& key, const std::vector<fs::path>& by_name,
                       const fs::path& truth) {
  const auto first =
      std::lower_bound(by_name.begin(), by_name.end(), key,
                       [](const fs::path& a, const std::string& b) { return name_of(a) < b; });
  auto last = first;
  while (last != by_name.end() && name_of(*last).starts_with(key)) ++last;
  if (last - first == 1) return *first;
  std::vector<std::string> found;
  for (auto at = first; at != last; ++at) found.push_back(at->string());
  throw Error(Problem{.code = "evaluate.005",
                      .message = std::to_string(found.size()) + " predictions " + key + "*.png" +
                                 (found.empty() ? "" : " (" + join(found) + ")"),
                      .file = truth.string(),
                      .expected = "expected exactly one"});
}

std::vector<Files> pairs(const CommonOptions& common) {
  auto predictions = files_below(common.prediction, ".png");
  std::sort(predictions.begin(), predictions.end(), [](const fs::path& a, const fs::path& b) {
    return std::pair(name_of(a), a) < std::pair(name_of(b), b);
  });
  std::vector<Files> out;
  for (const auto& truth : files_below(common.truth, kTruthSuffix)) {
    const auto key = key_of(truth);
    Files files{.key = key, .truth = truth, .prediction = prediction_of(key, predictions, truth)};
    auto name = name_of(truth);
    name.replace(name.size() - std::string("labelIds.png").size(), std::string::npos,
                 "instanceIds.png");
    const auto instances = truth.parent_path() / name;
    if (fs::exists(instances)) files.instances = instances;
    out.push_back(std::move(files));
  }
  if (out.empty()) {
    throw Error("evaluate.004", common.truth, std::string("holds no *") + kTruthSuffix,
                "Name a folder above them, such as gtFine/val.");
  }
  return out;
}

template <class Image>
void check_size(const Image& image, const fs::path& file, const metrics::GrayImage& truth) {
  if (image.width == truth.width && image.height == truth.height) return;
  throw Error(Problem{.code = "metrics.012",
                      .message = "the image is " + std::to_string(image.width) + " x " +
                                 std::to_string(image.height),
                      .file = file.string(),
                      .expected = "expected " + std::to_string(truth.width) + " x " +
                                  std::to_string(truth.height) + ", as its ground truth"});
}

metrics::GrayImage halved(const metrics::GrayImage& image, const fs::path& file) {
  try {
    return {image.width / 2, image.height / 2,
            metrics::half_odd(image.pixels, image.width, image.height)};
  } catch (const Error& error) {
    throw error.within(file.string());
  }
}

// Ids of a prediction, in 8 bits or, as the official tool takes them too, in 16.
metrics::GrayImage predicted_ids(const fs::path& file) {
  const auto bytes = metrics::read_file(file);
  if (!metrics::is_png16(bytes)) return metrics::read_png8(bytes, file.string());
  const auto wide = metrics::read_png16(bytes, file.string());
  metrics::GrayImage out{.width = wide.width, .height = wide.height, .pixels = {}};
  for (std::size_t i = 0; i < wide.pixels.size(); ++i) {
    if (wide.pixels[i] >= kCityscapesIds) {
      throw Error(Problem{.code = "metrics.011",
                          .message = "pixel " + std::to_string(i) + " holds label id " +
                                     std::to_string(wide.pixels[i]),
                          .file = file.string(),
                          .expected = "expected ids 0..33 (label ids, not train ids)"});
    }
    out.pixels.push_back(static_cast<std::uint8_t>(wide.pixels[i]));
  }
  return out;
}

metrics::CityscapesImage count(const Files& files, bool is_half) {
  auto truth = metrics::read_png8(files.truth);
  if (is_half) truth = halved(truth, files.truth);
  const auto prediction = predicted_ids(files.prediction);
  check_size(prediction, files.prediction, truth);
  metrics::CityscapesImage image;
  try {
    add_cityscapes(image, truth.pixels, prediction.pixels);
  } catch (const Error& error) {
    throw error.within(files.prediction.string() + " against " + files.truth.string());
  }
  if (!files.instances || is_half) return image;  // instance sizes are those of full resolution
  const auto instances = metrics::read_png16(*files.instances);
  check_size(instances, *files.instances, truth);
  add_cityscapes_instances(image, instances.pixels, prediction.pixels);
  return image;
}

Document document_of(const CityscapesScore& score) {
  Document out;
  out["confMatrix"] = score.confusion;
  const auto& labels = metrics::cityscapes_labels();
  for (int id = 0; id < kCityscapesIds; ++id) {
    out["labels"][labels[id].name] = id;
    out["priors"][labels[id].name] = json_of(score.priors[id]);
    out["classScores"][labels[id].name] = json_of(score.iou[id]);
    out["classInstScores"][labels[id].name] = json_of(score.instance_iou[id]);
  }
  for (const auto& category : metrics::cityscapes_categories()) {
    out["categoryScores"][category] = json_of(score.category_iou.at(category));
    out["categoryInstScores"][category] = json_of(score.category_instance_iou.at(category));
  }
  out["categoryScores"]["void"] = nullptr;
  out["categoryInstScores"]["void"] = nullptr;
  out["averageScoreClasses"] = json_of(score.mean_iou);
  out["averageScoreInstClasses"] = json_of(score.mean_instance_iou);
  out["averageScoreCategories"] = json_of(score.mean_category_iou);
  out["averageScoreInstCategories"] = json_of(score.mean_category_instance_iou);
  return out;
}

std::string table_of(const CityscapesScore& score, const std::string& resolution) {
  Table table({"class", "IoU", "iIoU"});
  int averaged = 0;
  const auto& labels = metrics::cityscapes_labels();
  for (int id = 0; id < kCityscapesIds; ++id) {
    if (!labels[id].is_evaluated) continue;
    averaged += score.iou[id].has_value();
    table.add({labels[id].name, percent(score.iou[id]), percent(score.instance_iou[id])});
  }
  table.add({"mean of " + std::to_string(averaged) + " classes", percent(score.mean_iou),
             percent(score.mean_instance_iou)});
  table.add({""});
  for (const auto& category : metrics::cityscapes_categories()) {
    table.add({category, percent(score.category_iou.at(category)),
               percent(score.category_instance_iou.at(category))});
  }
  table.add({"mean of categories", percent(score.mean_category_iou),
             percent(score.mean_category_instance_iou)});
  return "Cityscapes pixel-level evaluation, variant official, resolution " + resolution +
         ", percent\n" + table.text();
}

}  // namespace

Evaluation evaluate_cityscapes(const CommonOptions& common, const std::string& resolution) {
  const bool is_half = resolution == "half_odd";
  const auto files = pairs(common);
  std::vector<metrics::CityscapesImage> images(files.size());
  Progress progress("semseg", static_cast<std::int64_t>(files.size()));
  metrics::parallel_for(static_cast<std::int64_t>(files.size()), common.threads,
                        [&](std::int64_t i) {
                          images[i] = count(files[i], is_half);
                          progress.advance();
                        });
  const auto with_instances = std::count_if(files.begin(), files.end(),
                                            [](const Files& f) { return f.instances.has_value(); });
  if (!is_half && with_instances > 0 &&
      with_instances < static_cast<std::ptrdiff_t>(files.size())) {
    note("warning: only " + std::to_string(with_instances) + " of " + std::to_string(files.size()) +
         " images have an instanceIds file: no instance scores");
  }
  if (!common.per_image_file.empty()) {
    std::vector<std::string> keys;
    std::vector<metrics::Statistics> rows;
    for (std::size_t i = 0; i < files.size(); ++i) {
      keys.push_back(files[i].key);
      rows.push_back(statistics(images[i]));
    }
    write_per_image(common.per_image_file, keys, rows);
  }
  const auto score = metrics::score_cityscapes(images);
  return {document_of(score), table_of(score, resolution)};
}

}  // namespace triptych::cli
