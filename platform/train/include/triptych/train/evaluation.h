#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <triptych/compose/model.h>
#include <triptych/core/events.h>
#include <triptych/values.h>

namespace triptych::train {

/// The sufficient statistics of one task over a set: a row per image that has a label.
struct TaskRows {
  std::string task;
  std::vector<std::string> images;  ///< N ids
  std::vector<double> values;       ///< [N, S] row-major, columns as TaskInfo::statistics
};

/// What an evaluation gives.
struct Scores {
  std::vector<TaskRows> rows;                                    ///< one per task, in task order
  std::map<std::string, std::map<std::string, double>> metrics;  ///< task -> metric -> value
};

/// Where the batches of a set come from: calls its argument once per batch, in the set's order,
/// on the model's device.
using BatchSource = std::function<void(const std::function<void(const Batch&)>&)>;

/// Called with each batch and the decoded predictions, one per task.
using DecodedListener = std::function<void(const Batch&, const std::vector<Decoded>&)>;

/// Runs the model in evaluation mode over a set and finishes the metrics of each task. Predictions
/// are decoded to the label's size. A task without any label in the set has NaN metrics. The
/// model's mode is restored. Statistics are fetched from the device once, at the end. What a task's
/// plugin throws is Error train.042 that names it.
[[nodiscard]] Scores evaluate(compose::Model& model, const BatchSource& batches,
                              const c10::Device& device, const std::string& precision,
                              const DecodedListener& listener = {});

/// Curve rows of an evaluation.
void report_curve(const compose::Model& model, const Scores& scores, std::int64_t step,
                  const std::string& split, core::RunEvents& events);
/// Final metric rows. The first metric of each task is its main one.
void report_final(const compose::Model& model, const Scores& scores, const std::string& split,
                  core::RunEvents& events);
/// Per-image statistics that are not 0 (zeros need no row), and for every image with a label its
/// `image_number`: 1 for the first of the set, 2, ... With it the rows of `scores` can be rebuilt
/// exactly, in their order.
void report_images(const compose::Model& model, const Scores& scores, core::RunEvents& events);

}  // namespace triptych::train
