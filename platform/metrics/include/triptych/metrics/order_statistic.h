#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "triptych/metrics/value.h"

namespace triptych::metrics {

/// The exact median of a stream of finite numbers >= 0 that can be read several times, in constant
/// memory (about 80 MB at most) whatever the length of the stream.
///
/// A double >= 0 is ordered as its bits are, so each pass counts the next 20 bits of the values
/// that share the bits found so far; when few enough are left they are kept and sorted. Usually two
/// passes, at most five.
///
///   ExactMedian median;
///   while (!median.is_done()) {
///     for (chunk of the stream) median.add(chunk);  // the same values in every pass, any order
///     median.end_pass();
///   }
///
/// An even count gives the mean of the two middle values; an empty stream no value.
/// Not synchronised: guard `add` when several threads call it.
class ExactMedian {
 public:
  ExactMedian();
  /// Throws Error metrics.014 for a value that is negative or not finite.
  void add(std::span<const double> values);
  void end_pass();
  [[nodiscard]] bool is_done() const { return is_done_; }
  [[nodiscard]] Value value() const { return value_; }  ///< when is_done()

 private:
  // One of the two middle values: the bits found so far and its rank among the values sharing them.
  struct Search {
    std::uint64_t prefix = 0;
    std::uint64_t rank = 0;
    int known_bits = 0;
    std::vector<std::uint64_t> counts;  // of the next digit, unless the values are kept
    std::vector<double> kept;
    bool keeps = false;
    Value found;
  };
  static void add(Search& search, std::uint64_t key, double value);
  static void narrow(Search& search);

  std::array<Search, 2> searches_;
  std::uint64_t count_ = 0;
  bool is_first_pass_ = true;
  bool is_done_ = false;
  Value value_;
};

/// The median of values in memory: the same number as ExactMedian's.
[[nodiscard]] Value median(std::vector<double> values);

}  // namespace triptych::metrics
