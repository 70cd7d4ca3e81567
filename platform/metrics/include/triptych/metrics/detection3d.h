#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/metrics/box3d.h"
#include "triptych/metrics/value.h"

/// Cityscapes-3D vehicle detection: the detection score mDS and all of its parts, as the official
/// evaluator computes them.
///
/// Thresholds s_i = i * 0.02, i = 0..50, IEEE products (s_35 is 0.7000000000000001: a score of 0.7
/// does not reach it). A prediction takes part at s_i when score >= s_i.
///
/// Matching, per image, class and s_i: greedy on the IoU, not on the score, largest first, strictly
/// above min_iou; ties go to the smallest truth index, then the smallest prediction index. IoU of
/// 2D boxes with inclusive pixels: amodal ones (variant official; a prediction's is computed from
/// its 3D box) or modal ones (variant taskprompter). A prediction without a match that lies in an
/// ignore region (its modal box, overlap over its own area above min_iou, any class) is neither TP
/// nor FP. Occlusion, size, truncation and distance play no part.
///
///   precision = TP/(TP+FP), recall = TP/(TP+FN), 0 when TP = 0
///   AP      area under the right-to-left maximum of precision over recall, all distances
///   cw      working confidence: the first s_i with the largest precision*recall, or the given one
///   center  mean of 1 - min(d/max_depth, 1), d between centres on the ground
///   size    mean of the product over l, w, h of min(g/p, p/g)
///   yaw     mean of (1 + cos(yaw_g - yaw_p))/2
///   pitch-roll  mean of 1/2 + (cos(pitch_g - pitch_p) + cos(roll_g - roll_p))/4
///   DS      = AP * (center + size + yaw + pitchroll)/4
/// The four means run over the pairs matched at cw: first inside each distance bin (`step` metres,
/// below max_depth, distance truncated to whole metres), then over the non-empty bins; fewer than
/// two of them give 0. mDS and the other means run over the classes with a truth box anywhere.
///
/// Fractions, higher is better. Perfect detections score 1 where two bins are non-empty.
/// No truth box at all: the means have no value. Source: Gaehlert et al. 2020, arXiv 2006.07864.
namespace triptych::metrics {

inline constexpr int kNumConfidences = 51;
/// s_i
[[nodiscard]] inline double confidence(int i) { return i * 0.02; }

/// car, truck, bus, train, motorcycle, bicycle
[[nodiscard]] const std::vector<std::string>& vehicle_labels();

enum class BoxMatching { kAmodal, kModal };

struct TruthVehicle {
  int label = 0;  ///< index into the evaluated labels
  Box2d amodal, modal;
  Box3d box;
};
struct PredictedVehicle {
  int label = 0;
  double score = 0;  ///< usually 0..1, not checked
  Box2d amodal;      ///< amodal_box() of `box`
  Box2d modal;
  Box3d box;
};

struct DetectionFrame {
  std::vector<TruthVehicle> truth;
  std::vector<Box2d> ignored;  ///< regions
  std::vector<PredictedVehicle> predictions;
};

/// One truth box, prediction or pair of them, and the run of thresholds [first, last] at which it
/// has this role. A box may have several runs.
struct DetectionRun {
  enum class Role { kMatched, kMissed, kFalse };
  Role role{};
  int label = 0;
  int first = 0, last = 0;
  double distance_m = 0;  ///< on the ground: of the truth box, or (kFalse) of the prediction
  double offset_m = 0;    ///< kMatched: between the centres on the ground
  double size = 0, yaw = 0, pitch_roll = 0;  ///< kMatched: similarities
};

/// One image: the scored matches, enough for every depth range, step and working confidence.
struct DetectionImage {
  std::vector<DetectionRun> runs;
};

/// Matches one image. `min_iou` >= 0.
[[nodiscard]] DetectionImage match_detections(const DetectionFrame& frame, BoxMatching matching,
                                              double min_iou = 0.7);

struct DetectionOptions {
  std::vector<std::string> labels = vehicle_labels();
  BoxMatching matching =
      BoxMatching::kAmodal;          ///< what the images were matched with, for the record
  double min_iou = 0.7;              ///< likewise
  int max_depth_m = 100;             ///< whole number >= 1
  int step_m = 5;                    ///< whole number >= 1
  std::optional<double> confidence;  ///< none: automatic
};

/// Precision and recall at s_0..s_50, neither sorted nor enveloped, and the area.
struct PrecisionRecall {
  std::vector<double> recall, precision;
  double auc = 0;
};

/// A depth-dependent measure: the mean of each non-empty bin (key: its lower edge in metres).
struct DepthMeasure {
  std::map<int, double> mean;
  std::map<int, std::uint64_t> items;
  double auc = 0;
};

struct DetectionClassScore {
  std::string label;
  std::uint64_t truth_boxes = 0;
  std::array<std::uint64_t, kNumConfidences> tp{}, fp{}, fn{};
  PrecisionRecall ap;
  std::map<int, PrecisionRecall> ap_per_depth;
  double working_confidence = 0;
  DepthMeasure center, size, yaw, pitch_roll;
  double detection_score = 0;
};

struct DetectionScore {
  std::vector<DetectionClassScore> classes;                  ///< one per label, in their order
  Value detection_score, ap, center, size, yaw, pitch_roll;  ///< means over classes with truth
  std::vector<std::string> classes_averaged;
  std::vector<std::string> warnings;
};

/// The score of a data set. Throws Error metrics.013 for a depth or step below 1.
[[nodiscard]] DetectionScore score_detections(std::span<const DetectionImage> images,
                                              const DetectionOptions& options = {});

/// The s_i that a requested confidence means: below 0 -> 0, above 1 -> 1, else the smallest
/// s_i >= requested.
[[nodiscard]] double allowed_confidence(double requested);

/// Area under the curve as defined above. Exposed for tests.
[[nodiscard]] double average_precision(std::span<const double> recall,
                                       std::span<const double> precision);

/// "run.3.size" ... ; and back.
[[nodiscard]] Statistics statistics(const DetectionImage& image);
[[nodiscard]] DetectionImage detection_image(std::span<const Statistic> rows);

}  // namespace triptych::metrics
