#include "triptych/metrics/edges.h"

#include <algorithm>
#include <limits>
#include <map>

#include "triptych/error.h"

namespace triptych::metrics {

namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

struct Point {
  double recall = 0, precision = 0, threshold = 0;
};

double f_measure(const Point& point) {
  const double sum = point.precision + point.recall;
  return 2 * point.precision * point.recall / std::max(kEps, sum);
}

void add(EdgeCounts& sum, const EdgeCounts& counts) {
  sum.matched_truth += counts.matched_truth;
  sum.truth += counts.truth;
  sum.matched_prediction += counts.matched_prediction;
  sum.prediction += counts.prediction;
}

Point point_of(const EdgeCounts& counts, EdgeReading reading, double threshold) {
  if (reading == EdgeReading::kSeism) {
    if (counts.truth == 0) return {.recall = 1, .precision = 0, .threshold = threshold};
    if (counts.prediction == 0) return {.recall = 0, .precision = 1, .threshold = threshold};
  }
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / std::max(kEps, static_cast<double>(whole));
  };
  return {.recall = share(counts.matched_truth, counts.truth),
          .precision = share(counts.matched_prediction, counts.prediction),
          .threshold = threshold};
}

// Index of the first largest F.
std::size_t first_best(std::span<const Point> points) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (f_measure(points[i]) > f_measure(points[best])) best = i;
  }
  return best;
}

// 100 blends from each point to the next.
std::vector<Point> blended(std::span<const Point> points) {
  std::vector<Point> out;
  for (std::size_t i = 1; i < points.size(); ++i) {
    for (int k = 0; k < 100; ++k) {
      const double b = k / 99.0;
      const double a = 1 - b;
      out.push_back({.recall = a * points[i - 1].recall + b * points[i].recall,
                     .precision = a * points[i - 1].precision + b * points[i].precision,
                     .threshold = a * points[i - 1].threshold + b * points[i].threshold});
    }
  }
  return out;
}

// The points in the order of the thresholds, so that the first of an equal recall is kept.
double average_precision(std::span<const Point> points) {
  std::map<double, double> curve;
  for (const auto& point : points) curve.emplace(point.recall, point.precision);
  if (curve.size() < 2) return 0;
  double sum = 0;
  for (int i = 0; i <= 100; ++i) {
    const double recall = i / 100.0;
    const auto upper = curve.lower_bound(recall);
    if (upper == curve.end()) break;
    if (upper->first == recall) {
      sum += upper->second;
      continue;
    }
    if (upper == curve.begin()) continue;
    const auto lower = std::prev(upper);
    const double weight = (recall - lower->first) / (upper->first - lower->first);
    sum += lower->second + weight * (upper->second - lower->second);
  }
  return sum / 100;
}

constexpr std::array<VariantInfo, 3> kVariants{{
    {"seism", "", false,
     "SEISM, measure fb: 101 thresholds, suppression inside (TaskPrompter, InvPT, ATRC)"},
    {"pdollar", "", false,
     "edges toolbox: 99 thresholds, no suppression inside, F between thresholds"},
    {"grid99", "", false, "seism with the thresholds 0.01..0.99 (Multi-Task-Learning-PyTorch)"},
}};

}  // namespace

std::span<const VariantInfo> edge_variants() { return kVariants; }

EdgeReading edge_reading(std::string_view variant) {
  const bool is_pdollar = parse_variant(variant, kVariants).name == "pdollar";
  return is_pdollar ? EdgeReading::kPdollar : EdgeReading::kSeism;
}

EdgeScore score_edges(std::span<const EdgeImage> images, std::string_view variant) {
  const auto name = parse_variant(variant, kVariants).name;
  const auto reading = edge_reading(variant);
  auto thresholds = edge_thresholds(reading);
  const std::size_t skipped = name == "grid99" ? 1 : 0;  // at each end of seism's thresholds
  thresholds = {thresholds.begin() + skipped, thresholds.end() - skipped};
  std::vector<EdgeCounts> sums(thresholds.size());
  EdgeCounts best_sum;
  for (const auto& image : images) {
    if (image.reading != reading) {
      throw Error("metrics.015", "edges", "an image was not measured for variant '" + name + "'");
    }
    std::vector<Point> points;
    for (std::size_t t = 0; t < thresholds.size(); ++t) {
      add(sums[t], image.counts[t + skipped]);
      points.push_back(point_of(image.counts[t + skipped], reading, thresholds[t]));
    }
    add(best_sum, image.counts[first_best(points) + skipped]);
  }
  EdgeScore score;
  if (images.empty()) return score;
  std::vector<Point> points;
  for (std::size_t t = 0; t < thresholds.size(); ++t) {
    points.push_back(point_of(sums[t], reading, thresholds[t]));
  }
  const auto searched = name == "pdollar" ? blended(points) : points;
  const auto& best = searched[first_best(searched)];
  score.ods_f = f_measure(best);
  score.ods_threshold = best.threshold;
  score.ods_precision = best.precision;
  score.ods_recall = best.recall;
  const auto own = point_of(best_sum, reading, 0);
  score.ois_f = f_measure(own);
  score.ois_precision = own.precision;
  score.ois_recall = own.recall;
  score.ap = average_precision(points);
  return score;
}

}  // namespace triptych::metrics
