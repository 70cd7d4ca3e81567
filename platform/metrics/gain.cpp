#include "triptych/metrics/gain.h"

#include <array>
#include <map>
#include <utility>

#include "triptych/error.h"

namespace triptych::metrics {

namespace {

constexpr std::array<VariantInfo, 4> kVariants{{
    {"delta_task", "", false, "one main metric per task, against single-task baselines"},
    {"delta_p", "", false, "LibMTL: all metrics, averaged inside each task first"},
    {"delta_flat", "", false, "CAGrad, Nash-MTL, FAMO, FairGrad: all metrics equally, sign turned"},
    {"delta_sel", "", false, "MTMamba's checkpoint selection: delta_task against constants"},
}};

Value mean(const std::vector<Value>& values) {
  double sum = 0;
  for (const auto& value : values) {
    if (!value) return std::nullopt;
    sum += *value;
  }
  return ratio(sum, static_cast<double>(values.size()));
}

}  // namespace

std::span<const VariantInfo> gain_variants() { return kVariants; }

Value relative_gain(const GainMetric& metric) {
  if (!metric.method || !metric.baseline) return std::nullopt;
  const double sign = metric.is_higher_better ? 1 : -1;
  return ratio(100 * sign * (*metric.method - *metric.baseline), *metric.baseline);
}

Value multi_task_gain(std::span<const GainMetric> metrics, std::string_view variant) {
  const auto name = parse_variant(variant, kVariants).name;
  const bool uses_main_only = name == "delta_task" || name == "delta_sel";
  std::map<std::string, std::vector<Value>> by_task;
  std::vector<Value> all;
  for (const auto& metric : metrics) {
    auto& gains = by_task[metric.task];
    if (uses_main_only && !metric.is_main) continue;
    gains.push_back(relative_gain(metric));
    all.push_back(gains.back());
  }
  if (name == "delta_flat") return mean(all);
  std::vector<Value> tasks;
  for (const auto& [task, gains] : by_task) {
    if (uses_main_only && gains.size() != 1) return std::nullopt;
    tasks.push_back(mean(gains));
  }
  return mean(tasks);
}

Value published_sign(Value gain, std::string_view variant) {
  if (gain && parse_variant(variant, kVariants).name == "delta_flat") return -*gain;
  return gain;
}

std::string main_metric(std::string_view task) {
  static const std::map<std::string_view, const char*> metrics{{"semseg", "mIoU"},
                                                               {"human_parts", "mIoU"},
                                                               {"depth", "rmse"},
                                                               {"normals", "mean"},
                                                               {"edges", "odsF"},
                                                               {"saliency", "maxF"},
                                                               {"detection3d", "mDetection_Score"}};
  const auto found = metrics.find(task);
  return found == metrics.end() ? "" : found->second;
}

Value selection_baseline(std::string_view dataset, std::string_view task) {
  static const std::map<std::pair<std::string_view, std::string_view>, double> constants{
      {{"nyud", "semseg"}, 0.55},      {{"nyud", "depth"}, 0.49},
      {{"nyud", "normals"}, 18.40},    {{"nyud", "edges"}, 0.0465},
      {{"pascal", "semseg"}, 80.89},   {{"pascal", "human_parts"}, 71.71},
      {{"pascal", "saliency"}, 85.28}, {{"pascal", "normals"}, 13.47},
      {{"pascal", "edges"}, 0.04},     {{"cityscapes", "semseg"}, 80},
      {{"cityscapes", "depth"}, 1}};
  const auto found = constants.find({dataset, task});
  return found == constants.end() ? std::nullopt : Value(found->second);
}

namespace {

// 1 + methods that are better + half of the others that are equal.
Value rank(std::span<const std::vector<Value>> values, std::size_t method, std::size_t metric,
           bool is_higher_better) {
  const auto own = values[method][metric];
  double rank = 1;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const auto other = values[k][metric];
    if (!own || !other) return std::nullopt;
    if (k == method) continue;
    if (*other == *own) rank += 0.5;
    if (is_higher_better ? *other > *own : *other < *own) rank += 1;
  }
  return rank;
}

}  // namespace

std::vector<Value> mean_rank(std::span<const std::vector<Value>> values,
                             const std::vector<bool>& is_higher_better) {
  std::vector<Value> out;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (values[k].size() != is_higher_better.size()) {
      throw Error("metrics.012", "mean rank",
                  "method " + std::to_string(k) + " has " + std::to_string(values[k].size()) +
                      " values for " + std::to_string(is_higher_better.size()) + " metrics");
    }
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    std::vector<Value> ranks;
    for (std::size_t j = 0; j < is_higher_better.size(); ++j) {
      ranks.push_back(rank(values, k, j, is_higher_better[j]));
    }
    out.push_back(mean(ranks));
  }
  return out;
}

}  // namespace triptych::metrics
