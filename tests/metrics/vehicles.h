#pragma once

// Vehicles and frames of the detection tests.
#include <random>
#include <vector>

#include "triptych/metrics/detection3d.h"

namespace triptych::metrics {

// A box whose 2D extent is given; 4 x 2 x 1.5 m, `x` metres ahead.
inline TruthVehicle truth_at(const Box2d& flat, double x = 20, int label = 0) {
  return {.label = label,
          .amodal = flat,
          .modal = flat,
          .box = {.center = {x, 0, 1}, .dimensions = {4, 2, 1.5}}};
}
inline PredictedVehicle prediction_at(const Box2d& flat, double score, double x = 20,
                                      int label = 0) {
  return {.label = label,
          .score = score,
          .amodal = flat,
          .modal = flat,
          .box = {.center = {x, 0, 1}, .dimensions = {4, 2, 1.5}}};
}
inline const Box2d kBox{100, 100, 199, 199};  // 100 x 100 pixels, inclusive
inline const Box2d kAway{900, 900, 999, 999};

inline DetectionClassScore score(const std::vector<DetectionFrame>& frames,
                                 DetectionOptions options = {}) {
  std::vector<DetectionImage> images;
  for (const auto& frame : frames) {
    images.push_back(match_detections(frame, options.matching, options.min_iou));
  }
  return score_detections(images, options).classes[0];
}
inline DetectionClassScore score(const DetectionFrame& frame, DetectionOptions options = {}) {
  return score(std::vector{frame}, options);
}

inline DetectionFrame crowd(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> at(0, 60), size(20, 60), many(0, 12), tenth(0, 10);
  const auto box = [&] {
    const double x = at(random), y = at(random);
    return Box2d{x, y, x + size(random), y + size(random)};
  };
  DetectionFrame frame;
  for (int i = many(random); i > 0; --i) frame.truth.push_back(truth_at(box()));
  for (int i = many(random); i > 0; --i)
    frame.predictions.push_back(prediction_at(box(), tenth(random) / 10.0));
  for (int i = many(random) / 4; i > 0; --i) frame.ignored.push_back(box());
  return frame;
}

}  // namespace triptych::metrics
