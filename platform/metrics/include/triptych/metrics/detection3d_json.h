#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/metrics/detection3d.h"

/// Reading the truth and prediction files of Cityscapes-3D (JSON). Numbers are correctly rounded
/// doubles; null and Python's NaN mean not-a-number. Lengths in metres and pixels as in box3d.h.
namespace triptych::metrics {

/// An entry that cannot be scored: a field is missing, a size is not positive, a number is not
/// finite (or beyond 1e150, whose square is not).
struct SkippedEntry {
  std::string file;
  std::size_t entry = 0;  ///< index into `objects`
  std::string reason;
};

struct DetectionTruthFile {
  VehicleCamera camera;
  std::vector<TruthVehicle> truth;
  std::vector<Box2d> ignored;
  std::vector<SkippedEntry> skipped;
};

struct DetectionPredictionFile {
  std::vector<PredictedVehicle> predictions;
  std::vector<SkippedEntry> skipped;
};

/// `json` is the text of a *_gtBbox3d.json; `file` names it in messages. Objects of labels that are
/// not evaluated are left out. Throws Error metrics.140 (not JSON) and metrics.141: `objects`,
/// `sensor`, `ignore`, an object's `score` or another needed field is missing or of a wrong kind,
/// or the camera's rotation is none.
[[nodiscard]] DetectionTruthFile read_detection_truth(std::string_view json,
                                                      const std::string& file,
                                                      std::span<const std::string> labels);

/// `json` is the text of a prediction file. Entries without a label that is evaluated are left out
/// without a word; evaluated ones that lack a field, or whose `2d` or `3d` is no object, are
/// skipped and listed, as the official reader does. The amodal boxes are computed with `camera`;
/// what the file says of them is read only where there is no modal box. Throws Error metrics.140,
/// and metrics.141 for an entry that is no object and for another field of a wrong kind.
[[nodiscard]] DetectionPredictionFile read_detection_predictions(
    std::string_view json, const std::string& file, std::span<const std::string> labels,
    const VehicleCamera& camera);

}  // namespace triptych::metrics
