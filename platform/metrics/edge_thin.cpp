// Boundaries of label maps, and thinning.
//
// Whether a pixel goes depends on its 8 neighbours alone: two tables of 256 answers. A pixel is
// asked again only when a neighbour went since it was last asked.
#include <algorithm>
#include <array>
#include <cstring>

#include "triptych/metrics/edge_maps.h"

namespace triptych::metrics {

BinaryMap boundary_of(const ByteMap& labels) {
  const int w = labels.width;
  const int h = labels.height;
  BinaryMap out{.width = w, .height = h, .bits = std::vector<std::uint8_t>(labels.values.size())};
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const auto at = static_cast<std::size_t>(y) * w + x;
      const auto value = labels.values[at];
      const bool has_right = x + 1 < w;
      const bool has_lower = y + 1 < h;
      bool differs = false;
      if (has_right) differs |= value != labels.values[at + 1];
      if (has_lower) differs |= value != labels.values[at + w];
      if (has_right && has_lower) differs |= value != labels.values[at + w + 1];
      out.bits[at] = differs;
    }
  }
  return out;
}

namespace {

// Bit i of a code is neighbour x_{i+1}: right, upper right, up, upper left, left, lower left, down,
// lower right.
bool is_removed(int code, bool is_first) {
  std::array<bool, 10> x{};
  for (int i = 1; i <= 8; ++i) x[i] = code >> (i - 1) & 1;
  x[9] = x[1];
  int crossings = 0;
  int n1 = 0;
  int n2 = 0;
  for (int k = 1; k <= 4; ++k) {
    crossings += !x[2 * k - 1] && (x[2 * k] || x[2 * k + 1]);
    n1 += x[2 * k - 1] || x[2 * k];
    n2 += x[2 * k] || x[2 * k + 1];
  }
  const int n = std::min(n1, n2);
  if (crossings != 1 || n < 2 || n > 3) return false;
  if (is_first) return !((x[2] || x[3] || !x[8]) && x[1]);
  return !((x[6] || x[7] || !x[4]) && x[5]);
}

using Table = std::array<bool, 256>;

Table table(bool is_first) {
  Table out{};
  for (int code = 0; code < 256; ++code) out[code] = is_removed(code, is_first);
  return out;
}

// The map with a frame of zeros, and the pixels that each sub-iteration must ask.
class Thinning {
 public:
  explicit Thinning(const BinaryMap& map)
      : stride_(map.width + 2),
        height_(map.height + 2),
        bits_(static_cast<std::size_t>(stride_) * height_),
        codes_(bits_.size()) {
    steps_ = {1, 1 - stride_, -stride_, -1 - stride_, -1, stride_ - 1, stride_, stride_ + 1};
    const int width = map.width;
    for (int y = 0; y < map.height; ++y) {
      const auto* row = map.bits.data() + static_cast<std::size_t>(y) * width;
      for (int x = 0; x < width; ++x) {
        if (x + 8 <= width && is_empty(row + x)) {
          x += 7;
          continue;
        }
        if (!row[x]) continue;
        const int at = (y + 1) * stride_ + x + 1;
        bits_[at] = kSet | kWaits[0] | kWaits[1];
        queues_[0].push_back(at);
        for (int i = 0; i < 8; ++i) codes_[at + steps_[i]] |= seen_from(i);
      }
    }
    queues_[1] = queues_[0];
  }

  void run() {
    static const std::array<Table, 2> tables{table(true), table(false)};
    for (int half = 0; !queues_[0].empty() || !queues_[1].empty(); half = 1 - half) {
      pass(half, tables[half]);
    }
  }

  void copy_to(BinaryMap& map) const {
    const int width =
        map.width;  // bytes may alias the map's own: a local lets the loop be vectorised
    for (int y = 0; y < map.height; ++y) {
      const auto* row = bits_.data() + static_cast<std::size_t>(y + 1) * stride_ + 1;
      auto* out = map.bits.data() + static_cast<std::size_t>(y) * width;
      for (int x = 0; x < width; ++x) out[x] = row[x] & kSet;
    }
  }

 private:
  // In one byte per pixel: whether it is set, and whether it waits in the queue of each half.
  static constexpr std::uint8_t kSet = 1;
  static constexpr std::array<std::uint8_t, 2> kWaits{2, 4};

  static bool is_empty(const std::uint8_t* eight_pixels) {
    std::uint64_t word;
    std::memcpy(&word, eight_pixels, sizeof(word));
    return word == 0;
  }
  // The bit that a pixel is in the code of its neighbour i: from there it lies the other way.
  static std::uint8_t seen_from(int i) { return static_cast<std::uint8_t>(1 << (i + 4) % 8); }

  void pass(int half, const Table& removed) {
    gone_.clear();
    for (const int at : queues_[half]) {
      bits_[at] &= static_cast<std::uint8_t>(~kWaits[half]);
      if ((bits_[at] & kSet) && removed[codes_[at]]) gone_.push_back(at);
    }
    queues_[half].clear();
    for (const int at : gone_) {
      bits_[at] &= static_cast<std::uint8_t>(~kSet);
      for (int i = 0; i < 8; ++i)
        codes_[at + steps_[i]] &= static_cast<std::uint8_t>(~seen_from(i));
    }
    for (const int at : gone_) {
      for (const int step : steps_) {
        if (bits_[at + step] & kSet) ask(at + step);
      }
    }
  }
  void ask(int at) {
    for (int half = 0; half < 2; ++half) {
      if (bits_[at] & kWaits[half]) continue;
      bits_[at] |= kWaits[half];
      queues_[half].push_back(at);
    }
  }

  int stride_, height_;
  std::vector<std::uint8_t> bits_;
  std::vector<std::uint8_t> codes_;  // of each pixel: which of its neighbours are set
  std::array<int, 8> steps_{};
  std::array<std::vector<int>, 2> queues_;
  std::vector<int> gone_;
};

}  // namespace

BinaryMap thinned(BinaryMap map) {
  Thinning thinning(map);
  thinning.run();
  thinning.copy_to(map);
  return map;
}

}  // namespace triptych::metrics
