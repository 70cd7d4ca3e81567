#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace triptych::core {

// Everything below borrows its texts and bytes for the length of one call.

/// One point of a learning curve.
struct CurvePoint {
  std::int64_t step = 0;    ///< updates done
  std::string_view task;    ///< task name, or "all" for what belongs to none (total loss, lr)
  std::string_view metric;  ///< "loss", "lr", or a metric's name
  std::string_view split;   ///< "train" | "val" | "test"
  double value = 0;         ///< NaN is stored as NULL
};

/// A figure of merit of the selected weights.
struct FinalMetric {
  std::string_view task;
  std::string_view metric;     ///< key of the evaluator's result: "mIoU", "rmse", ...
  std::string_view split;      ///< "val" | "test"
  std::string_view variant;    ///< definition used, e.g. "official"; "" when there is only one
  double value = 0;            ///< NaN (undefined) is stored as NULL
  std::string_view unit;       ///< "" for fractions, else "m", "deg", "%", ...
  std::string_view direction;  ///< "higher" | "lower" is better
  bool is_main = false;        ///< the task's main metric, the one that Delta_m uses
};

/// A sufficient statistic of one image (a sum, a count, a scored match), not a per-image mean.
struct ImageStatistic {
  std::string_view task;
  std::string_view image_id;
  std::string_view statistic;
  double value = 0;
};

/// Anything measured that is not a metric.
struct ProbeValue {
  std::string_view probe;       ///< "latency", "memory", "flops", ...
  std::string_view part;        ///< "total", or a part's name
  std::string_view statistic;   ///< "p50_ms", "samples", ...
  std::optional<double> value;  ///< nothing: not measured, `reason` says why
  std::string_view unit;
  std::optional<std::string_view> validity;  ///< "VALID" | "INVALID", or nothing: no verdict
  std::string_view reason;                   ///< why there is no value, or why it is INVALID
};

/// A picture to look at: the input, a target or a prediction of one image.
struct Picture {
  std::string_view name;  ///< what is shown, e.g. "prediction"
  std::int64_t step = 0;
  std::string_view task;  ///< "" for the input image
  std::string_view kind;  ///< "input" | "target" | "prediction"
  std::string_view image_id;
  std::span<const std::uint8_t> png;  ///< a whole PNG file
};

/// What training reports while it runs. The store implements it; tests may implement it too.
///
/// All calls come from one thread. Calls are cheap (rows are collected and written in batches);
/// `flush` and `checkpointed` write what was collected. A call may throw triptych::Error (full
/// disk, busy store); what was written before stays.
class RunEvents {
 public:
  virtual ~RunEvents();

  /// Something the user should know that does not stop the run. `code` as in errors.md.
  virtual void warn(std::string_view code, std::string_view text) = 0;
  virtual void curve(const CurvePoint& point) = 0;
  virtual void final_metric(const FinalMetric& metric) = 0;
  virtual void image_statistic(const ImageStatistic& statistic) = 0;
  virtual void probe(const ProbeValue& value) = 0;
  virtual void picture(const Picture& picture) = 0;
  /// A complete checkpoint of `step` lies at `path`: a run that dies goes on from here, and rows
  /// reported later than this call are then removed. Report a step's rows before its checkpoint.
  /// The file of the checkpoint before must stay as it is until this returns (do not write over
  /// it): a process that dies in between goes on from that one.
  virtual void checkpointed(std::int64_t step, std::string_view path) = 0;
  /// Everything reported so far is stored when this returns.
  virtual void flush() = 0;
};

/// Throws everything away.
class NoEvents final : public RunEvents {
 public:
  ~NoEvents() override;
  void warn(std::string_view code, std::string_view text) override;
  void curve(const CurvePoint& point) override;
  void final_metric(const FinalMetric& metric) override;
  void image_statistic(const ImageStatistic& statistic) override;
  void probe(const ProbeValue& value) override;
  void picture(const Picture& picture) override;
  void checkpointed(std::int64_t step, std::string_view path) override;
  void flush() override;
};

}  // namespace triptych::core
