#include "triptych/metrics/detection3d_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "json_text.h"
#include "triptych/error.h"

namespace triptych::metrics {

namespace {

using nlohmann::json;

constexpr double kLargest = 1e150;  // squares of larger numbers overflow

// A value, and where it stands, for messages.
struct At {
  const json& value;
  const std::string& file;
  std::string pointer;

  [[noreturn]] void fail(const std::string& expected) const {
    throw Error(Problem{.code = "metrics.141",
                        .message = "found " + described(value),
                        .file = file,
                        .pointer = pointer.empty() ? "/" : pointer,
                        .expected = "expected " + expected});
  }
  [[nodiscard]] bool has(const char* key) const { return value.is_object() && value.contains(key); }
  [[nodiscard]] At operator[](const char* key) const {
    return {value.at(key), file, pointer + "/" + key};
  }
  [[nodiscard]] At operator[](std::size_t i) const {
    return {value.at(i), file, pointer + "/" + std::to_string(i)};
  }
  // The member, which must be there.
  [[nodiscard]] At need(const char* key) const {
    if (!value.is_object()) fail("an object with \"" + std::string(key) + "\"");
    if (value.contains(key)) return (*this)[key];
    throw Error(Problem{.code = "metrics.141",
                        .message = "\"" + std::string(key) + "\" is missing",
                        .file = file,
                        .pointer = pointer.empty() ? "/" : pointer,
                        .expected = "expected the fields of the Cityscapes-3D layout"});
  }
  [[nodiscard]] double number() const {
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (value.is_boolean()) return value.get<bool>() ? 1 : 0;  // as Python counts them
    if (!value.is_number()) fail("a number");
    return value.get<double>();
  }
  template <std::size_t N>
  [[nodiscard]] std::array<double, N> numbers() const {
    if (!value.is_array() || value.size() != N)
      fail("an array of " + std::to_string(N) + " numbers");
    std::array<double, N> out;
    for (std::size_t i = 0; i < N; ++i) out[i] = (*this)[i].number();
    return out;
  }
  [[nodiscard]] Box2d box() const {
    const auto [x, y, width, height] = numbers<4>();
    return {.xmin = x, .ymin = y, .xmax = x + width, .ymax = y + height};
  }
  [[nodiscard]] const json& array() const {
    if (!value.is_array()) fail("an array");
    return value;
  }
};

// Index of the entry's label among the evaluated ones.
std::optional<int> label_of(const At& entry, std::span<const std::string> labels) {
  if (!entry.has("label") || !entry["label"].value.is_string()) return std::nullopt;
  const auto found =
      std::find(labels.begin(), labels.end(), entry["label"].value.get_ref<const std::string&>());
  if (found == labels.end()) return std::nullopt;
  return static_cast<int>(found - labels.begin());
}

struct Boxes2d {
  Box2d amodal, modal;
};

// "" when the 2D boxes are there, else what is missing.
std::string missing_2d(const At& boxes) {
  if (boxes.has("amodal")) return "";
  if (boxes.has("bbox") && boxes.has("bboxVis")) return "";
  if (boxes.has("bbox")) return "2d/bboxVis";
  return "2d/amodal";
}

// `bbox` with `bboxVis`, which the official reader looks for first, or `amodal` with an optional
// `modal`.
bool has_visible_form(const At& boxes) { return boxes.has("bbox") && boxes.has("bboxVis"); }

// What the file says of a prediction's amodal box counts only where it stands in for the modal one.
Box2d modal_box(const At& boxes) {
  if (has_visible_form(boxes)) return boxes["bboxVis"].box();
  return boxes[boxes.has("modal") ? "modal" : "amodal"].box();
}

Boxes2d boxes_2d(const At& boxes) {
  return {boxes[has_visible_form(boxes) ? "bbox" : "amodal"].box(), modal_box(boxes)};
}

Box3d box_3d(const At& box) {
  return {.center = box["center"].numbers<3>(),
          .dimensions = box["dimensions"].numbers<3>(),
          .rotation = box["rotation"].numbers<4>()};
}

template <class Numbers>
bool all_usable(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [](double x) { return std::abs(x) <= kLargest; });  // false for NaN
}

bool is_usable(const Box2d& box) {
  return all_usable(std::array{box.xmin, box.ymin, box.xmax, box.ymax});
}

// Why a box cannot be scored; "" when it can.
std::string unusable(const Boxes2d& flat, const Box3d& box) {
  if (!is_usable(flat.amodal) || !is_usable(flat.modal)) return "a 2d box is not finite";
  if (!all_usable(box.center)) return "3d/center is not finite";
  if (!all_usable(box.rotation)) return "3d/rotation is not finite";
  if (!all_usable(box.dimensions)) return "3d/dimensions is not finite";
  const bool positive =
      std::all_of(box.dimensions.begin(), box.dimensions.end(), [](double x) { return x > 0; });
  return positive ? "" : "3d/dimensions has a size that is not positive";
}

// Why a prediction cannot be read, as far as the official reader leaves it out; "" when it can.
std::string unreadable(const At& entry) {
  for (const auto* key : {"score", "2d", "3d"}) {
    if (!entry.has(key)) return std::string(key) + " is missing";
  }
  for (const auto* key : {"2d", "3d"}) {
    const auto& value = entry[key].value;
    if (!value.is_object()) return std::string(key) + " is " + described(value) + ", not an object";
  }
  for (const auto* key : {"center", "dimensions", "rotation"}) {
    if (!entry["3d"].has(key)) return std::string("3d/") + key + " is missing";
  }
  const auto missing = missing_2d(entry["2d"]);
  return missing.empty() ? "" : missing + " is missing";
}

constexpr double kOrthogonal = 1e-3;  // files round their matrices

void check_rotation(const At& matrix, const std::array<std::array<double, 4>, 3>& t) {
  bool is_rotation = true;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const double dot = t[i][0] * t[j][0] + t[i][1] * t[j][1] + t[i][2] * t[j][2];
      is_rotation &= std::abs(dot - (i == j)) <= kOrthogonal;
    }
    is_rotation &= std::abs(t[i][3]) <= kLargest;
  }
  const double determinant = t[0][0] * (t[1][1] * t[2][2] - t[1][2] * t[2][1]) -
                             t[0][1] * (t[1][0] * t[2][2] - t[1][2] * t[2][0]) +
                             t[0][2] * (t[1][0] * t[2][1] - t[1][1] * t[2][0]);
  if (!is_rotation || determinant < 0) matrix.fail("a rotation matrix and a translation");
}

VehicleCamera camera_of(const At& sensor) {
  VehicleCamera camera{.fx = sensor.need("fx").number(),
                       .fy = sensor.need("fy").number(),
                       .u0 = sensor.need("u0").number(),
                       .v0 = sensor.need("v0").number()};
  if (!all_usable(std::array{camera.fx, camera.fy, camera.u0, camera.v0})) {
    sensor.fail("finite fx, fy, u0 and v0");
  }
  const auto matrix = sensor.need("sensor_T_ISO_8855");
  if (matrix.array().size() != 3) matrix.fail("3 rows");
  for (std::size_t i = 0; i < 3; ++i) camera.camera_from_vehicle[i] = matrix[i].numbers<4>();
  check_rotation(matrix, camera.camera_from_vehicle);
  return camera;
}

}  // namespace

DetectionTruthFile read_detection_truth(std::string_view json_text, const std::string& file,
                                        std::span<const std::string> labels) {
  const auto document = parse_json(json_text, file);
  const At root{document, file, ""};
  DetectionTruthFile out{.camera = camera_of(root.need("sensor"))};
  const auto objects = root.need("objects");
  for (std::size_t i = 0; i < objects.array().size(); ++i) {
    const auto entry = objects[i];
    (void)entry.need("score");
    const auto label = label_of(entry, labels);
    if (!label) continue;
    const auto flat = entry.need("2d");
    if (!flat.has("amodal") && !flat.has("bbox")) (void)flat.need("amodal");
    if (!flat.has("amodal")) (void)flat.need("bboxVis");
    const auto solid = entry.need("3d");
    for (const auto* key : {"center", "dimensions", "rotation"}) (void)solid.need(key);
    const auto boxes = boxes_2d(flat);
    const auto box = box_3d(solid);
    if (auto reason = unusable(boxes, box); !reason.empty()) {
      out.skipped.push_back({file, i, std::move(reason)});
      continue;
    }
    out.truth.push_back(
        {.label = *label, .amodal = boxes.amodal, .modal = boxes.modal, .box = box});
  }
  const auto ignored = root.need("ignore");
  for (std::size_t i = 0; i < ignored.array().size(); ++i) {
    const auto region = ignored[i].need("2d");
    const auto box = region.box();
    if (!is_usable(box)) region.fail("finite numbers");
    out.ignored.push_back(box);
  }
  return out;
}

DetectionPredictionFile read_detection_predictions(std::string_view json_text,
                                                   const std::string& file,
                                                   std::span<const std::string> labels,
                                                   const VehicleCamera& camera) {
  const auto document = parse_json(json_text, file);
  const At root{document, file, ""};
  DetectionPredictionFile out;
  const auto objects = root.need("objects");
  for (std::size_t i = 0; i < objects.array().size(); ++i) {
    const auto entry = objects[i];
    if (!entry.value.is_object()) entry.fail("an object");
    const auto label = label_of(entry, labels);
    if (!label) continue;
    if (auto reason = unreadable(entry); !reason.empty()) {
      out.skipped.push_back({file, i, std::move(reason)});
      continue;
    }
    const double score = entry["score"].number();
    const auto modal = modal_box(entry["2d"]);
    const auto box = box_3d(entry["3d"]);
    auto reason = std::isnan(score) ? "score is not a number" : unusable({modal, modal}, box);
    if (!reason.empty()) {
      out.skipped.push_back({file, i, std::move(reason)});
      continue;
    }
    out.predictions.push_back({.label = *label,
                               .score = score,
                               .amodal = amodal_box(box, camera),
                               .modal = modal,
                               .box = box});
  }
  return out;
}

}  // namespace triptych::metrics
