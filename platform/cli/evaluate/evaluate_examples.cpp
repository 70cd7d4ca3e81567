#include "evaluate_examples.h"

namespace triptych::cli {

const char* const kEvaluateExamples = R"examples(Examples
Cityscapes-3D, official amodal matching, then as TaskPrompter matches:
  triptych evaluate detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes
  triptych evaluate detection3d --layout cityscapes3d --truth gtBbox3d --prediction boxes --matching modal --json

Cityscapes labels, PNGs of label ids; the statistics of each image in a CSV:
  triptych evaluate semseg --layout cityscapes --truth gtFine --prediction labels --per-image images.csv

Any other set, N x H x W arrays of class numbers:
  triptych evaluate semseg --truth labels.npy --prediction predicted_labels.npy --classes 4
  triptych evaluate semseg --truth labels.npy --prediction predicted_labels.npy --classes 4 --variant taskprompter --json
  triptych evaluate human_parts --truth parts.npy --prediction predicted_parts.npy

Depth, normals, saliency; a parameter of a variant stands in brackets:
  triptych evaluate depth --truth depth.npy --prediction predicted_depth.npy --max 60
  triptych evaluate depth --truth depth.npy --prediction predicted_depth.npy --variant "batch_mean(2)" --json
  triptych evaluate normals --truth normals.npy --prediction predicted_normals.npy
  triptych evaluate saliency --truth saliency.npy --prediction predicted_saliency.npy --variant taskprompter

Boundaries: label maps and 8-bit boundary maps of the same names:
  triptych evaluate edges --truth label_maps --prediction boundaries
  triptych evaluate edges --truth label_maps --prediction boundaries --variant grid99 --max-distance 0.011 --json)examples";

const char* const kRunExamples =
    R"examples(A stored run, from the statistics of its images, under other definitions than its own:
  triptych evaluate @latest --db results.db
  triptych evaluate @latest --db results.db --task depth --variant per_image --variant "batch_mean(2)" --json)examples";

}  // namespace triptych::cli
