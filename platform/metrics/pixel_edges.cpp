#include "triptych/metrics/pixel_edges.h"

#include <algorithm>

#include "statistic_lookup.h"
#include "triptych/error.h"

namespace triptych::metrics {

void PixelEdgeImage::merge(const PixelEdgeImage& other) {
  edges += other.edges;
  for (int i = 0; i < kPixelThresholds; ++i) {
    tp[i] += other.tp[i];
    fp[i] += other.fp[i];
  }
}

namespace {

std::array<double, kPixelThresholds> thresholds() {
  std::array<double, kPixelThresholds> out{};
  for (int i = 0; i < kPixelThresholds; ++i) out[i] = (i + 1) / 100.0;
  return out;
}

// Pixels that are above exactly n thresholds become pixels above at least n.
void add_from_the_top(const std::array<std::uint64_t, kPixelThresholds + 1>& above,
                      std::array<std::uint64_t, kPixelThresholds>& counts) {
  std::uint64_t sum = 0;
  for (int n = kPixelThresholds; n >= 1; --n) {
    sum += above[n];
    counts[n - 1] += sum;
  }
}

constexpr std::array<VariantInfo, 1> kVariants{{
    {"pixel", "", false, "99 thresholds, pixel by pixel, no distance tolerated: pixelF"},
}};

}  // namespace

void add_pixel_edges(PixelEdgeImage& image, std::span<const std::int64_t> truth,
                     std::span<const double> probability, std::int64_t ignore) {
  if (truth.size() != probability.size()) {
    throw Error("metrics.012", "edges",
                std::to_string(truth.size()) + " truth pixels and " +
                    std::to_string(probability.size()) + " predicted ones");
  }
  const auto limits = thresholds();
  std::array<std::array<std::uint64_t, kPixelThresholds + 1>, 2> above{};  // [is edge]
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == ignore) continue;
    const auto passed = std::lower_bound(limits.begin(), limits.end(), probability[i]);
    ++above[truth[i] == 1][passed - limits.begin()];
    image.edges += truth[i] == 1;
  }
  add_from_the_top(above[1], image.tp);
  add_from_the_top(above[0], image.fp);
}

std::span<const VariantInfo> pixel_edge_variants() { return kVariants; }

PixelEdgeScore score_pixel_edges(std::span<const PixelEdgeImage> images) {
  PixelEdgeImage sum;
  for (const auto& image : images) sum.merge(image);
  if (sum.edges == 0) return {};
  const auto limits = thresholds();
  const auto edges = static_cast<double>(sum.edges);
  PixelEdgeScore best{.f = -1.0};
  for (int i = 0; i < kPixelThresholds; ++i) {
    const auto tp = static_cast<double>(sum.tp[i]);
    const auto fp = static_cast<double>(sum.fp[i]);
    const double f = 2 * tp / (tp + fp + edges);  // FN = edges - TP
    if (f <= *best.f) continue;
    best = {.f = f,
            .threshold = limits[i],
            .precision = tp + fp == 0 ? 0 : tp / (tp + fp),
            .recall = tp / edges};
  }
  return best;
}

namespace {

// Visits (name, count) of all counts.
template <class Image, class Visitor>
void visit(Image& image, const Visitor& visitor) {
  visitor("pixel.edges", image.edges);
  for (int i = 0; i < kPixelThresholds; ++i) {
    visitor("pixel.tp." + std::to_string(i + 1), image.tp[i]);
  }
  for (int i = 0; i < kPixelThresholds; ++i) {
    visitor("pixel.fp." + std::to_string(i + 1), image.fp[i]);
  }
}

}  // namespace

Statistics statistics(const PixelEdgeImage& image) {
  Statistics rows;
  visit(image, [&](const std::string& name, std::uint64_t count) {
    if (count > 0) rows.push_back({name, static_cast<double>(count)});
  });
  return rows;
}

std::vector<std::string> pixel_edge_statistics() {
  std::vector<std::string> names;
  const PixelEdgeImage image;
  visit(image, [&](const std::string& name, std::uint64_t) { names.push_back(name); });
  return names;
}

PixelEdgeImage pixel_edge_image(std::span<const Statistic> rows) {
  PixelEdgeImage image;
  const StatisticLookup values(rows);
  visit(image, [&](const std::string& name, std::uint64_t& count) { values.read(name, count); });
  return image;
}

}  // namespace triptych::metrics
