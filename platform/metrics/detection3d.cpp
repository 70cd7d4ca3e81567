#include "triptych/metrics/detection3d.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "triptych/error.h"

namespace triptych::metrics {

const std::vector<std::string>& vehicle_labels() {
  static const std::vector<std::string> labels{"car",   "truck",      "bus",
                                               "train", "motorcycle", "bicycle"};
  return labels;
}

double allowed_confidence(double requested) {
  for (int i = 0; i < kNumConfidences; ++i) {
    if (confidence(i) >= requested) return confidence(i);
  }
  return 1;
}

double average_precision(std::span<const double> recall, std::span<const double> precision) {
  std::vector<std::size_t> order(recall.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return recall[a] < recall[b]; });
  std::vector<double> r{0};
  std::vector<double> p{0};
  for (const auto i : order) {
    r.push_back(recall[i]);
    p.push_back(precision[i]);
  }
  r.push_back(1);
  p.push_back(0);
  for (std::size_t i = p.size() - 1; i-- > 0;) p[i] = std::max(p[i], p[i + 1]);
  double area = 0;
  for (std::size_t i = 1; i < r.size(); ++i) {
    if (r[i] != r[i - 1]) area += (r[i] - r[i - 1]) * p[i];
  }
  return area;
}

namespace {

using Role = DetectionRun::Role;

struct Counts {
  std::array<std::uint64_t, kNumConfidences> tp{}, fp{}, fn{};

  void add(const DetectionRun& run) {
    auto& counts = run.role == Role::kMatched ? tp : run.role == Role::kMissed ? fn : fp;
    for (int i = run.first; i <= run.last; ++i) ++counts[i];
  }
};

double share(std::uint64_t part, std::uint64_t rest) {
  return part == 0 ? 0 : static_cast<double>(part) / static_cast<double>(part + rest);
}

PrecisionRecall precision_recall(const Counts& counts) {
  PrecisionRecall out;
  for (int i = 0; i < kNumConfidences; ++i) {
    out.precision.push_back(share(counts.tp[i], counts.fp[i]));
    out.recall.push_back(share(counts.tp[i], counts.fn[i]));
  }
  out.auc = average_precision(out.recall, out.precision);
  return out;
}

// Lower edge of the bin of a distance; none at or beyond the largest depth.
std::optional<int> bin_of(double distance_m, const DetectionOptions& options) {
  if (!(distance_m < options.max_depth_m)) return std::nullopt;
  const int whole = static_cast<int>(distance_m);
  return whole / options.step_m * options.step_m;
}

// The first s_i with the largest product of precision and recall.
double working_confidence(const PrecisionRecall& points) {
  double best = 0;
  double at = 0;
  for (int i = 0; i < kNumConfidences; ++i) {
    const double product = points.precision[i] * points.recall[i];
    if (product <= best) continue;
    best = product;
    at = confidence(i);
  }
  return at;
}

// Sums per bin, turned into means when all pairs are in.
class BinnedMeans {
 public:
  void add(int bin, double value) {
    sums_[bin] += value;
    ++items_[bin];
  }
  [[nodiscard]] DepthMeasure finish() const {
    DepthMeasure measure{.items = items_};
    double total = 0;
    for (const auto& [bin, sum] : sums_) {
      measure.mean[bin] = sum / static_cast<double>(items_.at(bin));
      total += measure.mean[bin];
    }
    const auto bins = sums_.size();
    measure.auc = bins < 2 ? 0 : total / static_cast<double>(bins);
    return measure;
  }

 private:
  std::map<int, double> sums_;
  std::map<int, std::uint64_t> items_;
};

void measure_pairs(DetectionClassScore& score, std::span<const DetectionRun* const> runs,
                   const DetectionOptions& options) {
  BinnedMeans center, size, yaw, pitch_roll;
  for (const auto* run : runs) {
    if (run->role != Role::kMatched) continue;
    if (confidence(run->first) > score.working_confidence) continue;
    if (confidence(run->last) < score.working_confidence) continue;
    const auto bin = bin_of(run->distance_m, options);
    if (!bin) continue;
    center.add(*bin, 1 - std::min(run->offset_m / options.max_depth_m, 1.0));
    size.add(*bin, run->size);
    yaw.add(*bin, run->yaw);
    pitch_roll.add(*bin, run->pitch_roll);
  }
  score.center = center.finish();
  score.size = size.finish();
  score.yaw = yaw.finish();
  score.pitch_roll = pitch_roll.finish();
}

DetectionClassScore score_class(std::span<const DetectionRun* const> runs, const std::string& label,
                                const DetectionOptions& options) {
  Counts all;
  std::map<int, Counts> binned;
  for (const auto* run : runs) {
    all.add(*run);
    if (const auto bin = bin_of(run->distance_m, options)) binned[*bin].add(*run);
  }
  DetectionClassScore score{.label = label, .tp = all.tp, .fp = all.fp, .fn = all.fn};
  score.truth_boxes = all.tp[0] + all.fn[0];  // each truth box is one of the two at every threshold
  score.ap = precision_recall(all);
  for (const auto& [bin, counts] : binned) {
    if (counts.tp[0] + counts.fn[0] > 0) score.ap_per_depth[bin] = precision_recall(counts);
  }
  score.working_confidence =
      options.confidence ? allowed_confidence(*options.confidence) : working_confidence(score.ap);
  measure_pairs(score, runs, options);
  score.detection_score =
      score.ap.auc * (score.center.auc + score.size.auc + score.yaw.auc + score.pitch_roll.auc) / 4;
  return score;
}

void average(DetectionScore& score) {
  double n = 0;
  std::array<double, 6> sums{};
  for (const auto& one : score.classes) {
    if (one.truth_boxes == 0) continue;
    score.classes_averaged.push_back(one.label);
    ++n;
    const std::array<double, 6> values{one.detection_score, one.ap.auc,  one.center.auc,
                                       one.size.auc,        one.yaw.auc, one.pitch_roll.auc};
    for (int i = 0; i < 6; ++i) sums[i] += values[i];
  }
  const std::array<Value*, 6> means{
      &score.detection_score, &score.ap, &score.center, &score.size, &score.yaw, &score.pitch_roll};
  for (int i = 0; i < 6; ++i) *means[i] = ratio(sums[i], n);
}

}  // namespace

DetectionScore score_detections(std::span<const DetectionImage> images,
                                const DetectionOptions& options) {
  if (options.max_depth_m < 1 || options.step_m < 1) {
    throw Error("metrics.013", "detection3d",
                "largest depth " + std::to_string(options.max_depth_m) + " and step " +
                    std::to_string(options.step_m) + "; both must be whole metres >= 1");
  }
  std::vector<std::vector<const DetectionRun*>> runs(options.labels.size());
  for (const auto& image : images) {
    for (const auto& run : image.runs) runs.at(static_cast<std::size_t>(run.label)).push_back(&run);
  }
  DetectionScore score;
  for (std::size_t c = 0; c < options.labels.size(); ++c) {
    score.classes.push_back(score_class(runs[c], options.labels[c], options));
    const auto& one = score.classes.back();
    if (one.truth_boxes == 0) {
      score.warnings.push_back(one.label + ": no truth box, left out of the means");
    } else if (one.center.mean.size() < 2) {
      score.warnings.push_back(one.label + ": matched pairs in " +
                               std::to_string(one.center.mean.size()) +
                               " distance bin(s); fewer than two give a detection score of 0");
    }
  }
  average(score);
  return score;
}

}  // namespace triptych::metrics
