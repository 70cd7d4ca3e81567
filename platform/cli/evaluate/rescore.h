#pragma once

// Stored statistics of one task, finished again.
#include <optional>
#include <string>
#include <vector>

#include "evaluate_forms.h"
#include "stored_run.h"

namespace triptych::cli {

/// Parameters that were fixed when the statistics were counted. Those given must be the stored
/// ones.
struct FixedParams {
  std::optional<double> min, max, ignore, max_distance;
  std::optional<int> classes;
};

/// The variants of the metric that this task's statistics can be finished under; the rest of its
/// metric's variants need the predictions.
struct Offer {
  std::vector<std::string> possible;  ///< "batch_mean(IMAGES_PER_BATCH)" where one takes a number
  std::vector<std::string> impossible;
  std::string reason;  ///< why the latter cannot be had
};

/// Whether the statistics are those of a task plugin that evaluate knows.
[[nodiscard]] bool is_known(const StoredTask& task);

/// Throws triptych::Error evaluate.010 for a task plugin whose statistics evaluate does not know,
/// and for statistics of an older version.
[[nodiscard]] Offer offer(const StoredTask& task);

/// Throws triptych::Error evaluate.011 when a parameter is given that is not the stored one.
void check_fixed(const StoredTask& task, const FixedParams& given);

/// Whether the task's metric knows `variant`, possible here or not. A known name that is malformed
/// throws triptych::Error metrics.002.
[[nodiscard]] bool knows(const StoredTask& task, const std::string& variant);

/// Throws triptych::Error evaluate.011 for a variant that is not possible.
[[nodiscard]] Evaluation rescore(const StoredTask& task, const std::string& variant);

}  // namespace triptych::cli
