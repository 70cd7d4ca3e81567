#pragma once

#include <cstdint>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "triptych/store/writer.h"

namespace triptych::store {

/// Rows of one run that are not written yet.
struct RunWriter::Pending {
  struct PendingPicture {
    PictureRow row;
    std::vector<std::uint8_t> png;
  };

  std::vector<EventRow> events;
  std::vector<CurveRow> curves;
  std::vector<MetricRow> metrics;
  std::vector<ImageRow> images;
  std::vector<ProbeRow> probes;
  std::vector<PendingPicture> pictures;
  std::size_t rows = 0;    ///< of all kinds
  std::size_t bytes = 0;   ///< of pictures
  double since = 0;        ///< steady time of the first row
  std::int64_t steps = 0;  ///< of the last checkpoint

  /// Writes all rows, inside the caller's transaction. A row with the key of an earlier one
  /// replaces it.
  void write(SQLite::Database& database, std::int64_t run_key, std::int64_t generation) const;
  void clear();
};

}  // namespace triptych::store
