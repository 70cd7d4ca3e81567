#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/metrics/value.h"
#include "triptych/metrics/variant.h"

/// Multi-task gain Delta_m against single-task baselines, and the mean rank of several methods.
///
/// N the method's value, B the baseline's, s = +1 where higher is better, -1 where lower is better,
/// T tasks, M_t metrics of task t. Percent, always shown so that higher is better.
///
/// | variant              | formula                                                              |
/// |----------------------|----------------------------------------------------------------------|
/// | delta_task (default) | 100/T sum_t s (N-B)/B of the one main metric of each task            |
/// | delta_p              | 100/T sum_t 1/M_t sum_m s (N-B)/B                                    |
/// | delta_flat           | 100/(sum_t M_t) sum_t sum_m s (N-B)/B; published with the other sign |
/// | delta_sel            | delta_task against hand-chosen constants (selection_baseline)        |
///
/// No value: a missing N or B, B = 0, no task, or (delta_task, delta_sel) a task whose main metrics
/// are not exactly one. Never averaged over fewer tasks in silence.
/// Special values: N = B gives 0; a doubled IoU gives +100; a halved RMSE gives +50.
/// Sources: Maninis et al. 2019; Vandenhende et al. 2021, Eq. 10 (delta_task); LibMTL (delta_p);
/// Liu et al. 2021, CAGrad (delta_flat); MTMamba's checkpoint selection (delta_sel).
namespace triptych::metrics {

/// One metric of one task, of the method and of its baseline.
struct GainMetric {
  std::string task;    ///< the key of the task in the manifest
  std::string metric;  ///< "mIoU", "rmse" ...
  bool is_higher_better = true;
  bool is_main = false;  ///< the one that speaks for its task (main_metric)
  Value method;
  Value baseline;
};

/// delta_task, delta_p, delta_flat, delta_sel
[[nodiscard]] std::span<const VariantInfo> gain_variants();

/// s (N-B)/B in percent of one metric.
[[nodiscard]] Value relative_gain(const GainMetric& metric);

/// The gain over all metrics of one method; "" = delta_task. The baselines of delta_sel are those
/// given, so the caller puts selection_baseline() there.
[[nodiscard]] Value multi_task_gain(std::span<const GainMetric> metrics,
                                    std::string_view variant = "");

/// The gain with the sign of its publications: delta_flat negated, the others as they are.
[[nodiscard]] Value published_sign(Value gain, std::string_view variant);

/// The metric that speaks for a kind of task: semseg and human_parts mIoU, depth rmse, detection3d
/// mDetection_Score, normals mean, edges odsF, saliency maxF; "" for others.
[[nodiscard]] std::string main_metric(std::string_view task);

/// The constants of delta_sel for `dataset` nyud, pascal or cityscapes; no value for others. The
/// "edges" value is a loss. Those of pascal and cityscapes are percent against meters that give
/// fractions, as published.
[[nodiscard]] Value selection_baseline(std::string_view dataset, std::string_view task);

/// Mean over metrics of the rank of each method (1 = best, ties averaged).
/// `values[k][j]` is metric j of method k. No value for any method when one entry is missing, or
/// there is no metric. Depends on the set of methods and of metrics: print both.
/// Throws Error metrics.012 when a row's length differs from `is_higher_better`.
[[nodiscard]] std::vector<Value> mean_rank(std::span<const std::vector<Value>> values,
                                           const std::vector<bool>& is_higher_better);

}  // namespace triptych::metrics
