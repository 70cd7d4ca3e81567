#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

enum class Direction { kHigherIsBetter, kLowerIsBetter };

/// One figure of merit of a task.
struct MetricInfo {
  std::string name;  ///< a key of the evaluate command: "mIoU", "rmse"
  std::string unit;  ///< "" for fractions, "m", "deg"
  Direction direction = Direction::kHigherIsBetter;
  std::string variant;  ///< of the metric's definition, e.g. "official"
};

/// What a task is, before it is built.
struct TaskInfo {
  std::string label;                    ///< name of the data set's label that it reads ("semseg")
  std::int64_t outputs = 1;             ///< channels of its head's last output
  std::vector<MetricInfo> metrics;      ///< the first is the one that Delta_m uses
  std::vector<std::string> statistics;  ///< names of the per-image sufficient statistics
};

/// A prediction brought to label size and meaning.
struct Decoded {
  at::Tensor map;  ///< the task states axes and unit: labels [B, H, W] int64, depth [B, 1, H, W] m
  std::map<std::string, std::vector<at::Tensor>> lists;  ///< per sample (boxes)
};

/// Kind `task`: loss, decoding, metric statistics and pictures of one task. No parameters to learn.
///
/// A plugin's class has `static Spec spec()`, `static TaskInfo info(const Params&)` and a
/// constructor from (const Params&). Its params come from the protocol first (fixed there: classes,
/// ranges, ignore label), then from the manifest.
class TRIPTYCH_API Task : public Slot {
 public:
  ~Task() override;
  /// Loss terms of a raw prediction (also of auxiliary ones). Predictions are resized to the target
  /// (bilinear, align_corners = false). Samples that are not present and ignored pixels have no
  /// weight. No host synchronisation.
  virtual std::vector<LossTerm> loss(const Prediction& prediction, const Target& target) = 0;
  /// To label size and meaning, without a target. `size` is the label's.
  virtual Decoded decode(const Prediction& prediction, const std::vector<Camera>& cameras,
                         ImageSize size) = 0;
  /// Per-image sufficient statistics, [B, S] float64 on the device of `decoded`, columns as
  /// TaskInfo::statistics. They add: the metrics of a set are `finish` of the column sums or of
  /// all rows, never means over images.
  virtual at::Tensor statistics(const Decoded& decoded, const Target& target) = 0;
  /// Metrics from the rows of a set ([N x S], row-major, host). Every metric of TaskInfo has an
  /// entry; NaN = undefined for this set.
  virtual std::map<std::string, double> finish(std::span<const double> rows,
                                               std::int64_t images) = 0;
  /// Pictures [H, W, 3] uint8 on the host of one decoded prediction and of one target
  /// (`sample`: index in the batch).
  virtual at::Tensor picture(const Decoded& decoded, std::int64_t sample) = 0;
  virtual at::Tensor picture(const Target& target, std::int64_t sample) = 0;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct TaskFactory {
  Spec (*spec)();
  TaskInfo (*info)(const Params&);
  std::shared_ptr<Task> (*build)(const Params&);
};

}  // namespace triptych
