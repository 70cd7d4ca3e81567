#include "triptych/metrics/order_statistic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "triptych/error.h"

namespace triptych::metrics {

namespace {

constexpr int kDigitBits = 20;
constexpr std::uint64_t kKeepAtMost = std::uint64_t{1} << 22;  // 32 MB of doubles per search

int digit_bits(int known_bits) { return std::min(kDigitBits, 64 - known_bits); }

}  // namespace

ExactMedian::ExactMedian() {
  searches_[0].counts.assign(std::size_t{1} << kDigitBits, 0);  // the first pass is common to both
}

void ExactMedian::add(Search& search, std::uint64_t key, double value) {
  if (search.found) return;
  if (search.known_bits > 0 && key >> (64 - search.known_bits) != search.prefix) return;
  if (search.keeps) {
    search.kept.push_back(value);
    return;
  }
  const int bits = digit_bits(search.known_bits);
  const auto digit = key >> (64 - search.known_bits - bits);
  ++search.counts[digit & ((std::uint64_t{1} << bits) - 1)];
}

void ExactMedian::add(std::span<const double> values) {
  for (const double value : values) {
    if (!(value >= 0 && std::isfinite(value))) {
      throw Error("metrics.014", "median",
                  "of a value that is negative or not finite: " + std::to_string(value));
    }
    const auto key = std::bit_cast<std::uint64_t>(value + 0.0);  // -0 becomes 0
    add(searches_[0], key, value);
    if (!is_first_pass_) add(searches_[1], key, value);
  }
  if (is_first_pass_) count_ += values.size();
}

// Finds the value, or the next digit of it.
void ExactMedian::narrow(Search& search) {
  if (search.found) return;
  if (search.keeps) {
    const auto at = search.kept.begin() + static_cast<std::ptrdiff_t>(search.rank);
    std::nth_element(search.kept.begin(), at, search.kept.end());
    search.found = *at;
    return;
  }
  std::uint64_t digit = 0;
  while (search.rank >= search.counts[digit]) search.rank -= search.counts[digit++];
  const int bits = digit_bits(search.known_bits);
  search.prefix = (search.prefix << bits) | digit;
  search.known_bits += bits;
  if (search.known_bits == 64) search.found = std::bit_cast<double>(search.prefix);
  search.keeps = search.counts[digit] <= kKeepAtMost;
  search.counts.assign(search.keeps ? 0 : std::size_t{1} << kDigitBits, 0);
}

void ExactMedian::end_pass() {
  is_done_ = count_ == 0;
  if (is_done_) return;
  if (is_first_pass_) {
    searches_[1].counts = searches_[0].counts;
    searches_[0].rank = (count_ - 1) / 2;
    searches_[1].rank = count_ / 2;
    is_first_pass_ = false;
  }
  for (auto& search : searches_) narrow(search);
  const auto lower = searches_[0].found;
  const auto upper = searches_[1].found;
  is_done_ = lower && upper;
  if (is_done_) value_ = *lower == *upper ? *lower : (*lower + *upper) / 2;
}

Value median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto upper = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), upper, values.end());
  if (values.size() % 2) return finite(*upper);
  const double lower = *std::max_element(values.begin(), upper);
  return finite(lower == *upper ? lower : (lower + *upper) / 2);
}

}  // namespace triptych::metrics
