#pragma once

#include <cstdint>
#include <initializer_list>

namespace triptych::data {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
[[nodiscard]] constexpr std::uint64_t scrambled(std::uint64_t v) {
  v += 0x9e3779b97f4a7c15ull;
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ull;
  v = (v ^ (v >> 27)) * 0x94d049bb133111ebull;
  return v ^ (v >> 31);
}

/// Random numbers that are a function of the key alone: of (seed, epoch, index) for a sample.
class Random {
 public:
  Random(std::initializer_list<std::uint64_t> key) {
    for (const std::uint64_t part : key) state_ = scrambled(state_ ^ part);
  }
  [[nodiscard]] std::uint64_t next() { return scrambled(state_ += 0x9e3779b97f4a7c15ull); }
  /// In [0, 1), 53 bits.
  [[nodiscard]] double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In 0 .. count-1 (count >= 1), without bias worth speaking of (multiply and shift, 64 bits).
  [[nodiscard]] std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * count) >> 64);
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace triptych::data
