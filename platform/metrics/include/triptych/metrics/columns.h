#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "triptych/metrics/value.h"

namespace triptych::metrics {

/// The statistics of images as rows of one table: a column per name, 0 where an image has none.
/// Both ways are exact: rows keep every double, and what is 0 is the same as what is absent.
class Columns {
 public:
  /// `names` in the order of the columns, each once.
  explicit Columns(std::vector<std::string> names);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Writes `statistics` into `row` (names().size() numbers), 0 elsewhere. Throws Error metrics.017
  /// for a name that is no column.
  void write(const Statistics& statistics, std::span<double> row) const;
  /// The columns of `row` that are not 0, in their order.
  [[nodiscard]] Statistics read(std::span<const double> row) const;

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace triptych::metrics
