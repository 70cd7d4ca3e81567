#pragma once

// Statistics by name.
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "triptych/metrics/value.h"

namespace triptych::metrics {

/// Borrows the names of `rows`.
class StatisticLookup {
 public:
  explicit StatisticLookup(std::span<const Statistic> rows) {
    for (const auto& row : rows) values_.emplace(row.name, row.value);
  }
  /// Sets `number` when there is a row of that name; leaves it as it is otherwise.
  template <class Number>
  void read(const std::string& name, Number& number) const {
    const auto found = values_.find(name);
    if (found != values_.end()) number = static_cast<Number>(found->second);
  }
  [[nodiscard]] bool contains(const std::string& name) const { return values_.contains(name); }

 private:
  std::unordered_map<std::string_view, double> values_;
};

}  // namespace triptych::metrics
