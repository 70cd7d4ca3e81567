#include "triptych/metrics/columns.h"

#include <algorithm>

#include "triptych/error.h"

namespace triptych::metrics {

Columns::Columns(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i) index_.emplace(names_[i], i);
}

void Columns::write(const Statistics& statistics, std::span<double> row) const {
  std::fill(row.begin(), row.end(), 0.0);
  for (const auto& [name, value] : statistics) {
    const auto found = index_.find(name);
    if (found == index_.end()) {
      throw Error("metrics.017", "statistic '" + name + "'", "is no column of this table");
    }
    row[found->second] = value;
  }
}

Statistics Columns::read(std::span<const double> row) const {
  Statistics statistics;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (row[i] != 0) statistics.push_back({names_[i], row[i]});
  }
  return statistics;
}

}  // namespace triptych::metrics
