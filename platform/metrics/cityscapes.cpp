#include "triptych/metrics/cityscapes.h"

#include <string_view>
#include <unordered_map>

#include "triptych/error.h"

namespace triptych::metrics {

const std::array<CityscapesLabel, kCityscapesIds>& cityscapes_labels() {
  // Instance sizes: means over the training set, as published. Caravan and trailer have one too,
  // but are not evaluated.
  static const std::array<CityscapesLabel, kCityscapesIds> labels{{
      {"unlabeled", "void", false, 0},
      {"ego vehicle", "void", false, 0},
      {"rectification border", "void", false, 0},
      {"out of roi", "void", false, 0},
      {"static", "void", false, 0},
      {"dynamic", "void", false, 0},
      {"ground", "void", false, 0},
      {"road", "flat", true, 0},
      {"sidewalk", "flat", true, 0},
      {"parking", "flat", false, 0},
      {"rail track", "flat", false, 0},
      {"building", "construction", true, 0},
      {"wall", "construction", true, 0},
      {"fence", "construction", true, 0},
      {"guard rail", "construction", false, 0},
      {"bridge", "construction", false, 0},
      {"tunnel", "construction", false, 0},
      {"pole", "object", true, 0},
      {"polegroup", "object", false, 0},
      {"traffic light", "object", true, 0},
      {"traffic sign", "object", true, 0},
      {"vegetation", "nature", true, 0},
      {"terrain", "nature", true, 0},
      {"sky", "sky", true, 0},
      {"person", "human", true, 3462.4756337644},
      {"rider", "human", true, 3930.4788056518},
      {"car", "vehicle", true, 12794.0202738185},
      {"truck", "vehicle", true, 27855.1264367816},
      {"bus", "vehicle", true, 35732.1511111111},
      {"caravan", "vehicle", false, 36771.8241758242},
      {"trailer", "vehicle", false, 16926.9763313609},
      {"train", "vehicle", true, 67583.7075812274},
      {"motorcycle", "vehicle", true, 6298.7200839748},
      {"bicycle", "vehicle", true, 4672.3249222261},
  }};
  return labels;
}

const std::vector<std::string>& cityscapes_categories() {
  static const std::vector<std::string> categories{"flat", "construction", "object", "nature",
                                                   "sky",  "human",        "vehicle"};
  return categories;
}

namespace {

const CityscapesLabel& label(int id) { return cityscapes_labels()[static_cast<std::size_t>(id)]; }

bool is_evaluated_in(int id, std::string_view category) {
  return label(id).is_evaluated && category == label(id).category;
}

bool has_instance_score(int id) { return label(id).is_evaluated && label(id).instance_size > 0; }

[[noreturn]] void refuse(const char* which, std::size_t pixel, int id) {
  throw Error(Problem{.code = "metrics.011",
                      .message = std::string(which) + " pixel " + std::to_string(pixel) +
                                 " holds label id " + std::to_string(id),
                      .expected = "expected ids 0..33 (label ids, not train ids)"});
}

}  // namespace

void add_cityscapes(CityscapesImage& image, std::span<const std::uint8_t> truth,
                    std::span<const std::uint8_t> prediction) {
  if (truth.size() != prediction.size()) {
    throw Error("metrics.012", "semseg",
                std::to_string(truth.size()) + " truth pixels and " +
                    std::to_string(prediction.size()) + " predicted ones");
  }
  std::vector<std::uint32_t> counts(256 * 256);
  for (std::size_t i = 0; i < truth.size(); ++i) ++counts[truth[i] * 256 + prediction[i]];
  for (std::size_t pair = 0; pair < counts.size(); ++pair) {
    const bool is_known = pair / 256 < kCityscapesIds && pair % 256 < kCityscapesIds;
    if (counts[pair] == 0 || is_known) continue;
    for (std::size_t i = 0;; ++i) {
      if (truth[i] >= kCityscapesIds) refuse("truth", i, truth[i]);
      if (prediction[i] >= kCityscapesIds) refuse("prediction", i, prediction[i]);
    }
  }
  for (int g = 0; g < kCityscapesIds; ++g) {
    for (int p = 0; p < kCityscapesIds; ++p) image.confusion[g][p] += counts[g * 256 + p];
  }
}

void add_cityscapes_instances(CityscapesImage& image, std::span<const std::uint16_t> instances,
                              std::span<const std::uint8_t> prediction) {
  if (instances.size() != prediction.size()) {
    throw Error("metrics.012", "semseg",
                std::to_string(instances.size()) + " instance pixels and " +
                    std::to_string(prediction.size()) + " predicted ones");
  }
  image.has_instances = true;
  struct Pixels {
    std::uint64_t all = 0, in_class = 0, in_category = 0;
  };
  std::map<std::uint16_t, Pixels> found;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const int id = instances[i] / 1000;
    if (instances[i] <= 1000 || id >= kCityscapesIds || !has_instance_score(id)) continue;
    auto& pixels = found[instances[i]];
    ++pixels.all;
    pixels.in_class += prediction[i] == id;
    const bool is_known = prediction[i] < kCityscapesIds;
    const std::string_view category = is_known ? label(prediction[i]).category : "";
    pixels.in_category += category == label(id).category;  // caravan and trailer are vehicles too
  }
  for (const auto& [instance, pixels] : found) {
    const int id = instance / 1000;
    const double weight = label(id).instance_size / static_cast<double>(pixels.all);
    image.instance_tp[id] += weight * static_cast<double>(pixels.in_class);
    image.instance_fn[id] += weight * static_cast<double>(pixels.all - pixels.in_class);
    auto& [tp, fn] = image.category_instances[label(id).category];
    tp += weight * static_cast<double>(pixels.in_category);
    fn += weight * static_cast<double>(pixels.all - pixels.in_category);
  }
}

namespace {

using Confusion = decltype(CityscapesScore::confusion);

// Sum of C over the rows and columns that the predicates choose.
template <class Rows, class Columns>
double sum(const Confusion& confusion, const Rows& rows, const Columns& columns) {
  std::uint64_t total = 0;
  for (int g = 0; g < kCityscapesIds; ++g) {
    for (int p = 0; p < kCityscapesIds; ++p) {
      if (rows(g) && columns(p)) total += confusion[g][p];
    }
  }
  return static_cast<double>(total);
}

constexpr auto kAnyId = [](int) { return true; };

void score_class(CityscapesScore& score, const CityscapesImage& total, int id) {
  const auto is_class = [=](int i) { return i == id; };
  const auto is_other = [=](int i) { return i != id && label(i).is_evaluated; };
  const double tp = sum(score.confusion, is_class, is_class);
  const double fn = sum(score.confusion, is_class, kAnyId) - tp;
  const double fp = sum(score.confusion, is_other, is_class);
  score.iou[id] = ratio(tp, tp + fp + fn);
  if (!total.has_instances || !has_instance_score(id)) return;
  score.instance_iou[id] =
      ratio(total.instance_tp[id], total.instance_tp[id] + fp + total.instance_fn[id]);
}

void score_category(CityscapesScore& score, const CityscapesImage& total, const std::string& name) {
  const auto is_inside = [&](int i) { return is_evaluated_in(i, name); };
  const auto is_other = [&](int i) { return label(i).is_evaluated && !is_inside(i); };
  const double tp = sum(score.confusion, is_inside, is_inside);
  const double fn = sum(score.confusion, is_inside, kAnyId) - tp;
  const double fp = sum(score.confusion, is_other, is_inside);
  score.category_iou[name] = ratio(tp, tp + fp + fn);
  const bool has_score = total.has_instances && (name == "human" || name == "vehicle");
  auto& instance = score.category_instance_iou[name];
  if (!has_score) return;
  const auto is_named = [&](int i) { return name == label(i).category; };
  const auto found = total.category_instances.find(name);
  const auto [itp, ifn] =
      found == total.category_instances.end() ? std::array<double, 2>{} : found->second;
  instance = ratio(itp, itp + sum(score.confusion, is_other, is_named) + ifn);
}

class Mean {
 public:
  void add(const Value& value) {
    if (!value) return;
    sum_ += *value;
    ++n_;
  }
  [[nodiscard]] Value value() const { return ratio(sum_, n_); }

 private:
  double sum_ = 0;
  double n_ = 0;
};

CityscapesImage summed(std::span<const CityscapesImage> images) {
  CityscapesImage total;
  total.has_instances = !images.empty();
  for (const auto& image : images) {
    total.has_instances &= image.has_instances;
    for (int g = 0; g < kCityscapesIds; ++g) {
      for (int p = 0; p < kCityscapesIds; ++p) total.confusion[g][p] += image.confusion[g][p];
      total.instance_tp[g] += image.instance_tp[g];
      total.instance_fn[g] += image.instance_fn[g];
    }
    for (const auto& [category, counts] : image.category_instances) {
      total.category_instances[category][0] += counts[0];
      total.category_instances[category][1] += counts[1];
    }
  }
  return total;
}

}  // namespace

CityscapesScore score_cityscapes(std::span<const CityscapesImage> images) {
  const auto total = summed(images);
  CityscapesScore score{.confusion = total.confusion};
  const double pixels = sum(score.confusion, kAnyId, kAnyId);
  Mean classes, instances, categories, category_instances;
  for (int id = 0; id < kCityscapesIds; ++id) {
    score.priors[id] = ratio(sum(
                                 score.confusion, [=](int g) { return g == id; }, kAnyId),
                             pixels);
    if (!label(id).is_evaluated) continue;
    score_class(score, total, id);
    classes.add(score.iou[id]);
    instances.add(score.instance_iou[id]);
  }
  for (const auto& name : cityscapes_categories()) {
    score_category(score, total, name);
    categories.add(score.category_iou[name]);
    category_instances.add(score.category_instance_iou[name]);
  }
  score.mean_iou = classes.value();
  score.mean_instance_iou = instances.value();
  score.mean_category_iou = categories.value();
  score.mean_category_instance_iou = category_instances.value();
  return score;
}

}  // namespace triptych::metrics
