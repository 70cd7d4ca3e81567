#pragma once

// The forms of `triptych evaluate`, one file each. All throw triptych::Error for input errors.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluate_output.h"

namespace triptych::cli {

/// What a form has to say: the document and the table.
struct Evaluation {
  Document document;
  std::string table;
};

struct DetectionForm {
  std::string matching = "amodal";
  double min_iou = 0.7;
  int max_depth = 100, step = 5;
  std::string confidence = "auto";
  std::vector<std::string> labels;
};

struct LabelForm {
  int classes = 0;
  std::int64_t ignore = 255;
  std::vector<std::string> class_names;  ///< K names for the table, or none
};

struct DepthForm {
  std::optional<double> min, max, ignore;
};

struct EdgeForm {
  double max_distance = 0.0075;
};

[[nodiscard]] Evaluation evaluate_detection3d(const CommonOptions& common,
                                              const DetectionForm& form);
/// `resolution`: full, or half_odd (the truth's odd rows and columns; predictions of half the
/// size).
[[nodiscard]] Evaluation evaluate_cityscapes(const CommonOptions& common,
                                             const std::string& resolution);
[[nodiscard]] Evaluation evaluate_semseg(const CommonOptions& common, const LabelForm& form);
[[nodiscard]] Evaluation evaluate_human_parts(const CommonOptions& common, const LabelForm& form);
[[nodiscard]] Evaluation evaluate_depth(const CommonOptions& common, const DepthForm& form);
[[nodiscard]] Evaluation evaluate_normals(const CommonOptions& common);
[[nodiscard]] Evaluation evaluate_saliency(const CommonOptions& common);
[[nodiscard]] Evaluation evaluate_edges(const CommonOptions& common, const EdgeForm& form);

}  // namespace triptych::cli
