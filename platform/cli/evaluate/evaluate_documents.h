#pragma once

// Scores as the keys of the JSON document and as tables, for files and for stored runs alike.
#include <string>
#include <vector>

#include "evaluate_output.h"
#include "triptych/metrics/depth.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/pixel_edges.h"
#include "triptych/metrics/segmentation.h"

namespace triptych::cli {

/// Writes the keys of the metric into `document`, without variant and version.
void add_keys(const metrics::SegmentationScore& score, Document& document);
void add_keys(const metrics::DepthScore& score, Document& document);
void add_keys(const metrics::EdgeScore& score, Document& document);
void add_keys(const metrics::PixelEdgeScore& score, Document& document);

/// Writes `metric`, `variant` and `version`.
void add_variant(const std::string& metric, const std::string& variant, Document& document);

/// The table below a heading. `names` of the classes, or none: their numbers.
[[nodiscard]] std::string table_of(const metrics::SegmentationScore& score,
                                   const std::vector<std::string>& names = {});
[[nodiscard]] std::string table_of(const metrics::DepthScore& score);
[[nodiscard]] std::string table_of(const metrics::EdgeScore& score);
[[nodiscard]] std::string table_of(const metrics::PixelEdgeScore& score);

}  // namespace triptych::cli
