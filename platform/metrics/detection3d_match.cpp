// Matching of one image at all thresholds.
//
// The set of predictions shrinks as the threshold grows and changes only where a score lies between
// two thresholds: pairs are sorted once by the greedy order, and matched once per distinct set.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "triptych/metrics/detection3d.h"

namespace triptych::metrics {

namespace {

using Role = DetectionRun::Role;

struct Pair {
  double iou;
  std::size_t truth, prediction;
};

bool greedy_order(const Pair& a, const Pair& b) {
  return std::tuple(-a.iou, a.truth, a.prediction) < std::tuple(-b.iou, b.truth, b.prediction);
}

// The boxes of one class, and what does not depend on the threshold.
struct ClassBoxes {
  std::vector<const TruthVehicle*> truth;
  std::vector<const PredictedVehicle*> predictions;
  std::vector<Pair> pairs;          // above min_iou, in greedy order
  std::vector<bool> in_ignored;     // [prediction]
  std::vector<int> last_threshold;  // [prediction] it takes part at 0..last; -1 = never
};

// The last i with score >= s_i.
int last_threshold(double score) {
  int last = -1;
  while (last + 1 < kNumConfidences && score >= confidence(last + 1)) ++last;
  return last;
}

ClassBoxes boxes_of(const DetectionFrame& frame, int label, BoxMatching matching, double min_iou) {
  const bool is_modal = matching == BoxMatching::kModal;
  ClassBoxes boxes;
  for (const auto& truth : frame.truth) {
    if (truth.label == label) boxes.truth.push_back(&truth);
  }
  for (const auto& prediction : frame.predictions) {
    if (prediction.label == label) boxes.predictions.push_back(&prediction);
  }
  for (std::size_t p = 0; p < boxes.predictions.size(); ++p) {
    const auto& prediction = *boxes.predictions[p];
    for (std::size_t g = 0; g < boxes.truth.size(); ++g) {
      const auto& truth = *boxes.truth[g];
      const double iou = is_modal ? inclusive_iou(truth.modal, prediction.modal)
                                  : inclusive_iou(truth.amodal, prediction.amodal);
      if (iou > min_iou) boxes.pairs.push_back({iou, g, p});
    }
    boxes.in_ignored.push_back(
        std::any_of(frame.ignored.begin(), frame.ignored.end(), [&](const Box2d& region) {
          return inclusive_overlap(region, prediction.modal) > min_iou;
        }));
    boxes.last_threshold.push_back(last_threshold(prediction.score));
  }
  std::sort(boxes.pairs.begin(), boxes.pairs.end(), greedy_order);
  return boxes;
}

double similarity(double a, double b) { return std::min(a / b, b / a); }

DetectionRun matched(const Box3d& truth, const Box3d& prediction) {
  const auto g = euler_angles(truth.rotation);
  const auto p = euler_angles(prediction.rotation);
  DetectionRun run{.role = Role::kMatched, .distance_m = ground_distance(truth), .size = 1};
  const double dx = truth.center[0] - prediction.center[0];
  const double dy = truth.center[1] - prediction.center[1];
  run.offset_m = std::sqrt(dx * dx + dy * dy);
  for (int i = 0; i < 3; ++i) run.size *= similarity(truth.dimensions[i], prediction.dimensions[i]);
  run.yaw = (1 + std::cos(g.yaw - p.yaw)) / 2;
  run.pitch_roll = 0.5 + (std::cos(g.pitch - p.pitch) + std::cos(g.roll - p.roll)) / 4;
  return run;
}

// Collects runs: a role that holds at adjoining ranges of thresholds is one run.
class Runs {
 public:
  Runs(const ClassBoxes& boxes, int label) : boxes_(boxes), label_(label) {}

  void add(Role role, std::size_t truth, std::size_t prediction, int first, int last) {
    auto& at = last_[{role, truth, prediction}];
    if (at && runs_[*at].last + 1 == first) {
      runs_[*at].last = last;
      return;
    }
    DetectionRun run{.role = role};
    if (role == Role::kMatched) {
      run = matched(boxes_.truth[truth]->box, boxes_.predictions[prediction]->box);
    } else {
      run.distance_m = ground_distance(role == Role::kMissed ? boxes_.truth[truth]->box
                                                             : boxes_.predictions[prediction]->box);
    }
    run.label = label_;
    run.first = first;
    run.last = last;
    at = runs_.size();
    runs_.push_back(run);
  }
  [[nodiscard]] const std::vector<DetectionRun>& runs() const { return runs_; }

 private:
  const ClassBoxes& boxes_;
  int label_;
  std::vector<DetectionRun> runs_;
  std::map<std::tuple<Role, std::size_t, std::size_t>, std::optional<std::size_t>> last_;
};

// The matching at thresholds [first, last], at which the same predictions take part.
void match_range(const ClassBoxes& boxes, int first, int last, Runs& runs) {
  std::vector<bool> truth_used(boxes.truth.size());
  std::vector<bool> prediction_used(boxes.predictions.size());
  for (const auto& pair : boxes.pairs) {
    if (boxes.last_threshold[pair.prediction] < first) continue;
    if (truth_used[pair.truth] || prediction_used[pair.prediction]) continue;
    truth_used[pair.truth] = prediction_used[pair.prediction] = true;
    runs.add(Role::kMatched, pair.truth, pair.prediction, first, last);
  }
  for (std::size_t g = 0; g < truth_used.size(); ++g) {
    if (!truth_used[g]) runs.add(Role::kMissed, g, 0, first, last);
  }
  for (std::size_t p = 0; p < prediction_used.size(); ++p) {
    const bool takes_part = boxes.last_threshold[p] >= first;
    if (!takes_part || prediction_used[p] || boxes.in_ignored[p]) continue;
    runs.add(Role::kFalse, 0, p, first, last);
  }
}

}  // namespace

DetectionImage match_detections(const DetectionFrame& frame, BoxMatching matching, double min_iou) {
  std::set<int> labels;
  for (const auto& truth : frame.truth) labels.insert(truth.label);
  for (const auto& prediction : frame.predictions) labels.insert(prediction.label);
  DetectionImage image;
  for (const int label : labels) {
    const auto boxes = boxes_of(frame, label, matching, min_iou);
    std::set<int> ends(boxes.last_threshold.begin(), boxes.last_threshold.end());
    ends.insert(kNumConfidences - 1);
    Runs runs(boxes, label);
    int first = 0;
    for (const int last : ends) {
      if (last < first) continue;
      match_range(boxes, first, last, runs);
      first = last + 1;
    }
    image.runs.insert(image.runs.end(), runs.runs().begin(), runs.runs().end());
  }
  return image;
}

namespace {

template <class Run, class Visitor>
void visit(Run& run, const Visitor& visitor) {
  visitor("role", run.role);
  visitor("label", run.label);
  visitor("first", run.first);
  visitor("last", run.last);
  visitor("distance_m", run.distance_m);
  visitor("offset_m", run.offset_m);
  visitor("size", run.size);
  visitor("yaw", run.yaw);
  visitor("pitch_roll", run.pitch_roll);
}

}  // namespace

Statistics statistics(const DetectionImage& image) {
  Statistics rows;
  for (std::size_t i = 0; i < image.runs.size(); ++i) {
    visit(image.runs[i], [&](const char* name, auto number) {
      rows.push_back({"run." + std::to_string(i) + "." + name, static_cast<double>(number)});
    });
  }
  return rows;
}

DetectionImage detection_image(std::span<const Statistic> rows) {
  std::map<std::string, double> by_name;
  for (const auto& row : rows) by_name[row.name] = row.value;
  DetectionImage image;
  for (std::size_t i = 0; by_name.contains("run." + std::to_string(i) + ".role"); ++i) {
    auto& run = image.runs.emplace_back();
    visit(run, [&](const char* name, auto& number) {
      const auto found = by_name.find("run." + std::to_string(i) + "." + name);
      if (found == by_name.end()) return;
      using Number = std::decay_t<decltype(number)>;
      if constexpr (std::is_enum_v<Number>) {
        number = static_cast<Number>(static_cast<int>(found->second));
      } else {
        number = static_cast<Number>(found->second);
      }
    });
  }
  return image;
}

}  // namespace triptych::metrics
