// Counts of one image at all thresholds.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "statistic_lookup.h"
#include "triptych/error.h"
#include "triptych/metrics/edges.h"

namespace triptych::metrics {

std::vector<double> edge_thresholds(EdgeReading reading) {
  std::vector<double> out;
  if (reading == EdgeReading::kSeism) out.push_back(0.001);
  for (int i = 1; i <= 99; ++i) out.push_back(i / 100.0);
  if (reading == EdgeReading::kSeism) out.push_back(0.999);
  return out;
}

namespace {

// Pixels that are set, of a binary map.
std::uint64_t count_set(std::span<const std::uint8_t> bits) {
  std::uint32_t sum = 0;  // 32 bits, so that the loop is vectorised; a map has fewer pixels
  for (const std::uint8_t bit : bits) sum += bit;
  return sum;
}

// The prediction as values to compare with a threshold, in the precision of the reading.
class Prediction {
 public:
  Prediction(const ByteMap& map, EdgeReading reading) : map_(map), reading_(reading) {
    if (reading == EdgeReading::kSeism) suppressed_ = non_maximum_suppressed(map);
  }
  [[nodiscard]] BinaryMap above(double threshold) const {
    BinaryMap out{map_.width, map_.height, std::vector<std::uint8_t>(map_.values.size())};
    const std::size_t pixels = out.bits.size();
    auto* bits = out.bits.data();
    if (reading_ == EdgeReading::kSeism) {
      const auto limit = static_cast<float>(threshold);
      const auto* values = suppressed_.data();
      for (std::size_t i = 0; i < pixels; ++i) bits[i] = values[i] > limit;
      return out;
    }
    const double limit = std::max(std::numeric_limits<double>::epsilon(), threshold);
    const auto* values = map_.values.data();
    for (std::size_t i = 0; i < pixels; ++i) bits[i] = values[i] / 255.0 >= limit;
    return out;
  }

 private:
  ByteMap map_;
  EdgeReading reading_;
  std::vector<float> suppressed_;
};

BinaryMap truth_of(const ByteMap& map, EdgeReading reading) {
  if (reading == EdgeReading::kSeism) return thinned(boundary_of(map));
  BinaryMap out{map.width, map.height, std::vector<std::uint8_t>(map.values.size())};
  for (std::size_t i = 0; i < out.bits.size(); ++i) out.bits[i] = map.values[i] > 0;
  return out;
}

void check_size(const ByteMap& prediction, const ByteMap& truth) {
  const bool same = prediction.width == truth.width && prediction.height == truth.height;
  if (same && prediction.values.size() == truth.values.size()) return;
  throw Error(Problem{.code = "metrics.012",
                      .message = "the prediction is " + std::to_string(prediction.width) + " x " +
                                 std::to_string(prediction.height),
                      .expected = "expected " + std::to_string(truth.width) + " x " +
                                  std::to_string(truth.height) + ", as its ground truth"});
}

// The annotators of one image.
class Truths {
 public:
  Truths(std::span<const ByteMap> maps, EdgeReading reading, const BinaryMap& candidates,
         double distance_px) {
    for (const auto& map : maps) {
      const auto truth = truth_of(map, reading);
      total_ += count_set(truth.bits);
      matchers_.push_back(std::make_unique<EdgeMatcher>(truth, candidates, distance_px));
    }
  }
  EdgeCounts match(const BinaryMap& prediction) {
    EdgeCounts counts{.truth = total_, .prediction = count_set(prediction.bits)};
    std::vector<std::uint8_t> matched(matchers_.size() > 1 ? prediction.bits.size() : 0);
    for (const auto& matcher : matchers_) {
      counts.matched_truth += matcher->match(prediction.bits);
      if (matchers_.size() > 1) matcher->mark_matched(matched);
    }
    counts.matched_prediction = matchers_.size() > 1 ? count_set(matched) : counts.matched_truth;
    return counts;
  }

 private:
  std::vector<std::unique_ptr<EdgeMatcher>> matchers_;
  std::uint64_t total_ = 0;
};

}  // namespace

EdgeImage measure_edges(const ByteMap& prediction, std::span<const ByteMap> truths,
                        EdgeReading reading, double max_distance) {
  for (const auto& truth : truths) check_size(prediction, truth);
  const Prediction values(prediction, reading);
  const auto thresholds = edge_thresholds(reading);
  const double diagonal = std::sqrt(static_cast<double>(prediction.width) * prediction.width +
                                    static_cast<double>(prediction.height) * prediction.height);
  auto before = values.above(thresholds.front());  // the maps shrink from here on
  Truths matching(truths, reading, before, max_distance * diagonal);
  EdgeImage image{.reading = reading};
  for (const double threshold : thresholds) {
    auto map = values.above(threshold);
    const bool is_same = !image.counts.empty() && map.bits == before.bits;
    image.counts.push_back(is_same ? image.counts.back() : matching.match(thinned(map)));
    before = std::move(map);
  }
  return image;
}

namespace {

template <class Counts, class Visitor>
void visit(Counts& counts, const Visitor& visitor) {
  visitor("matched_truth", counts.matched_truth);
  visitor("truth", counts.truth);
  visitor("matched_prediction", counts.matched_prediction);
  visitor("prediction", counts.prediction);
}

std::string prefix(EdgeReading reading, std::size_t threshold) {
  return (reading == EdgeReading::kSeism ? "seism." : "pdollar.") + std::to_string(threshold) + ".";
}

}  // namespace

Statistics statistics(const EdgeImage& image) {
  Statistics rows;
  for (std::size_t t = 0; t < image.counts.size(); ++t) {
    visit(image.counts[t], [&](const char* name, std::uint64_t count) {
      if (count > 0) rows.push_back({prefix(image.reading, t) + name, static_cast<double>(count)});
    });
  }
  rows.push_back({prefix(image.reading, 0) + "measured", 1});
  return rows;
}

std::vector<std::string> edge_statistics(EdgeReading reading) {
  std::vector<std::string> names;
  const EdgeCounts counts;
  for (std::size_t t = 0; t < edge_thresholds(reading).size(); ++t) {
    visit(counts, [&](const char* name, auto) { names.push_back(prefix(reading, t) + name); });
  }
  names.push_back(prefix(reading, 0) + "measured");
  return names;
}

EdgeImage edge_image(std::span<const Statistic> rows) {
  EdgeImage image;
  const StatisticLookup values(rows);
  if (values.contains(prefix(EdgeReading::kPdollar, 0) + "measured")) {
    image.reading = EdgeReading::kPdollar;
  }
  image.counts.resize(edge_thresholds(image.reading).size());
  for (std::size_t t = 0; t < image.counts.size(); ++t) {
    const auto start = prefix(image.reading, t);
    visit(image.counts[t],
          [&](const char* name, std::uint64_t& count) { values.read(start + name, count); });
  }
  return image;
}

}  // namespace triptych::metrics
