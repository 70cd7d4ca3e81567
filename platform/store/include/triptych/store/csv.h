#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "triptych/store/store.h"

namespace triptych::store {

struct CsvOptions {
  std::string study;        ///< its newest plan decides which runs are written
  bool has_images = false;  ///< v_metric_image too: the per-image statistics, by far the most rows
};

/// Writes a study for other tools: one CSV file (RFC 4180, UTF-8, a header line, LF) per stable
/// view into `folder`, which is made when missing: v_run.csv, v_metric_final.csv and so on, with
/// exactly the columns of the views, and plan.csv (point_id, role, label, seed, status, run_id:
/// what stands in the study's newest plan, points without a run too). Runs that the study shares
/// with others are in it. Runs come in the order of the plan, their rows in the order of the keys:
/// the same results give the same bytes. Numbers have the fewest digits that give the same double
/// back; an undefined value is an empty field.
///
/// Returns the files. Each is written whole or not at all. Error store.005 for an unknown study;
/// an Error of core::AtomicFile when a file cannot be written.
std::vector<std::filesystem::path> export_csv(const Store& store,
                                              const std::filesystem::path& folder,
                                              const CsvOptions& options);

}  // namespace triptych::store
