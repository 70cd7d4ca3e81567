// The one pass over the pixels: which thresholds each pixel passes.
#include "saliency_levels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "triptych/error.h"

namespace triptych::metrics {

std::vector<double> saliency_thresholds(SaliencyKind kind) {
  std::vector<double> out;
  if (kind == SaliencyKind::kClassic) {
    for (int i = 1; i <= 255; ++i) out.push_back(i / 255.0);
    return out;
  }
  if (kind == SaliencyKind::kAstmt) {
    const double step = (0.9 - 0.2) / 14;  // as linspace computes it, the last value being exact
    for (int i = 0; i < 14; ++i) out.push_back(i * step + 0.2);
    out.push_back(0.9);
    return out;
  }
  for (int i = 1; i <= 19; ++i) out.push_back(i / 20.0);
  return out;
}

namespace {

constexpr double kSlack = 1e-3;  // sums of softmax outputs miss 1 by rounding, logits by far more

// How many thresholds a tested value passes. The comparison is made in `Real`.
template <class Real>
class Counter {
 public:
  Counter(SaliencyKind kind, bool is_strict) : is_strict_(is_strict) {
    for (const double t : saliency_thresholds(kind)) thresholds_.push_back(static_cast<Real>(t));
  }
  [[nodiscard]] std::size_t operator()(Real value) const {
    const auto passed = is_strict_
                            ? std::lower_bound(thresholds_.begin(), thresholds_.end(), value)
                            : std::upper_bound(thresholds_.begin(), thresholds_.end(), value);
    return static_cast<std::size_t>(passed - thresholds_.begin());
  }
  [[nodiscard]] std::size_t size() const { return thresholds_.size(); }

 private:
  std::vector<Real> thresholds_;
  bool is_strict_;
};

const Counter<double>& classic() {
  static const Counter<double> counter(SaliencyKind::kClassic, /*is_strict=*/false);
  return counter;
}
const Counter<float>& grid() {
  static const Counter<float> counter(SaliencyKind::kGrid19, /*is_strict=*/false);
  return counter;
}
const Counter<double>& astmt() {
  static const Counter<double> counter(SaliencyKind::kAstmt, /*is_strict=*/true);
  return counter;
}

std::size_t threshold_count(SaliencyKind kind) {
  if (kind == SaliencyKind::kClassic) return classic().size();
  return kind == SaliencyKind::kAstmt ? astmt().size() : grid().size();
}

double probability(std::uint8_t v) { return v / 255.0; }
double probability(double p) { return p; }
double in_bytes(std::uint8_t v) { return v; }
double in_bytes(double p) { return std::trunc(255 * std::clamp(p, 0.0, 1.0)); }

template <class Prediction>
std::size_t level(SaliencyKind kind, Prediction prediction) {
  const double p = probability(prediction);
  switch (kind) {
    case SaliencyKind::kClassic:
      return classic()(p);
    case SaliencyKind::kGrid19:
      return grid()(static_cast<float>(p));
    case SaliencyKind::kTaskprompter: {
      const float stored = static_cast<float>(p) * 255.0F / 255.0F;
      return grid()(1.0F / (1.0F + std::exp(-stored)));
    }
    default:
      return astmt()(in_bytes(prediction) / 255);
  }
}

[[noreturn]] void refuse(std::size_t pixel, double p) {
  throw Error(Problem{
      .code = "metrics.016",
      .message = "pixel " + std::to_string(pixel) + ": " + std::to_string(p) + " is no probability",
      .expected = "expected 0..1 (or 8-bit values, 255 times the probability)"});
}

template <class Prediction>
void add(SaliencyImage& image, std::span<const std::uint8_t> truth,
         std::span<const Prediction> prediction, const SaliencyOptions& options) {
  if (truth.size() != prediction.size()) {
    throw Error("metrics.012", "saliency",
                std::to_string(truth.size()) + " truth pixels and " +
                    std::to_string(prediction.size()) + " predicted ones");
  }
  for (const auto kind : options.kinds) {
    auto& levels = image.levels[static_cast<int>(kind)];
    if (levels) continue;
    const auto size = threshold_count(kind) + 1;
    levels = SaliencyLevels{std::vector<std::uint64_t>(size), std::vector<std::uint64_t>(size)};
  }
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == 255) continue;
    if (truth[i] > 1) {
      throw Error("metrics.011", "pixel " + std::to_string(i),
                  "truth is " + std::to_string(truth[i]) + ", expected 0, 1 or 255 (ignored)");
    }
    const double p = probability(prediction[i]);
    ++image.pixels;
    image.absolute += std::abs(p - truth[i]);
    if (!std::isfinite(p)) {
      ++image.not_finite;
      continue;
    }
    if (p < -kSlack || p > 1 + kSlack) refuse(i, p);
    for (const auto kind : options.kinds) {
      auto& levels = *image.levels[static_cast<int>(kind)];
      ++(truth[i] ? levels.foreground : levels.background)[level(kind, prediction[i])];
    }
  }
}

std::string prefix(int kind, const char* truth) {
  return std::string(kSaliencyKindNames[kind]) + "." + truth + ".";
}

void append(Statistics& rows, const std::string& prefix, const std::vector<std::uint64_t>& counts) {
  for (std::size_t level = 0; level < counts.size(); ++level) {
    if (counts[level] == 0) continue;
    rows.push_back({prefix + std::to_string(level), static_cast<double>(counts[level])});
  }
}

void read(const Statistic& row, const std::string& prefix, std::vector<std::uint64_t>& counts) {
  if (!row.name.starts_with(prefix)) return;
  std::size_t level = counts.size();
  std::from_chars(row.name.data() + prefix.size(), row.name.data() + row.name.size(), level);
  if (level < counts.size()) counts[level] = static_cast<std::uint64_t>(row.value);
}

}  // namespace

void add_saliency(SaliencyImage& image, std::span<const std::uint8_t> truth,
                  std::span<const std::uint8_t> prediction, const SaliencyOptions& options) {
  add(image, truth, prediction, options);
}

void add_saliency(SaliencyImage& image, std::span<const std::uint8_t> truth,
                  std::span<const float> prediction, const SaliencyOptions& options) {
  add(image, truth, prediction, options);
}

void add_saliency(SaliencyImage& image, std::span<const std::uint8_t> truth,
                  std::span<const double> prediction, const SaliencyOptions& options) {
  add(image, truth, prediction, options);
}

Statistics statistics(const SaliencyImage& image) {
  Statistics rows{{"pixels", static_cast<double>(image.pixels)}, {"absolute", image.absolute}};
  if (image.not_finite > 0) rows.push_back({"not_finite", static_cast<double>(image.not_finite)});
  for (int kind = 0; kind < kSaliencyKinds; ++kind) {
    if (!image.levels[kind]) continue;
    rows.push_back({std::string(kSaliencyKindNames[kind]) + ".measured", 1});
    append(rows, prefix(kind, "foreground"), image.levels[kind]->foreground);
    append(rows, prefix(kind, "background"), image.levels[kind]->background);
  }
  return rows;
}

SaliencyImage saliency_image(std::span<const Statistic> rows) {
  SaliencyImage image;
  for (const auto& row : rows) {
    if (row.name == "pixels") image.pixels = static_cast<std::uint64_t>(row.value);
    if (row.name == "absolute") image.absolute = row.value;
    if (row.name == "not_finite") image.not_finite = static_cast<std::uint64_t>(row.value);
    for (int kind = 0; kind < kSaliencyKinds; ++kind) {
      if (row.name != std::string(kSaliencyKindNames[kind]) + ".measured") continue;
      const auto size = threshold_count(static_cast<SaliencyKind>(kind)) + 1;
      image.levels[kind] = {std::vector<std::uint64_t>(size), std::vector<std::uint64_t>(size)};
    }
  }
  for (const auto& row : rows) {
    for (int kind = 0; kind < kSaliencyKinds; ++kind) {
      if (!image.levels[kind]) continue;
      read(row, prefix(kind, "foreground"), image.levels[kind]->foreground);
      read(row, prefix(kind, "background"), image.levels[kind]->background);
    }
  }
  return image;
}

}  // namespace triptych::metrics
