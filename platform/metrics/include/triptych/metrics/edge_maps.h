#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// Steps of the boundary evaluation on maps: boundaries of label maps, thinning, non-maximum
/// suppression, matching. The scores are in edges.h.
namespace triptych::metrics {

/// A map of 8-bit values, row by row; borrowed.
struct ByteMap {
  int width = 0, height = 0;
  std::span<const std::uint8_t> values;  ///< [height * width]
};

/// A binary map, row by row: 0 or 1.
struct BinaryMap {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bits;  ///< [height * width]
};

/// Boundary of a label map: a pixel that differs from its right, lower or lower-right neighbour. In
/// the last row only the right one, in the last column only the lower one is compared; the last
/// corner is 0.
[[nodiscard]] BinaryMap boundary_of(const ByteMap& labels);

/// Thinning until nothing changes (Guo and Hall 1989, two sub-iterations; bwmorph 'thin'). Pixels
/// outside are 0.
[[nodiscard]] BinaryMap thinned(BinaryMap map);

/// Non-maximum suppression of a boundary map E = values/255 across its direction, as the SEISM
/// evaluation does it before thresholding; then the outermost rows and columns are faded.
///
///   S = E smoothed by a triangle filter of radius 4 (symmetric border)
///   O = mod(atan(S_yy sign(-S_xy) / (S_xx + 1e-5)), pi)      (differences of differences)
///   E becomes 0 where 1.01 E < E at (x + cos O, y + sin O) or at (x - cos O, y - sin O), bilinear
///   border: rows and columns k = 0..s-1 times k/s, s = min(5, width/2, height/2)
/// Single precision, [height * width].
[[nodiscard]] std::vector<float> non_maximum_suppressed(const ByteMap& edges);

/// Finds how many predicted and true boundary pixels can be paired one to one within a distance:
/// the maximum-cardinality matching of the "within D" graph (the official solver draws random
/// assignments and finds the same number or a few less).
///
/// Deterministic. Asked again with another prediction it starts from the last matching: a chain of
/// similar maps (rising thresholds) costs little more than one.
class EdgeMatcher {
 public:
  /// `max_distance_px` = D, inclusive. Every later prediction must lie inside `candidates`, a map
  /// of the truth's size.
  EdgeMatcher(const BinaryMap& truth, const BinaryMap& candidates, double max_distance_px);

  /// Number of pairs. `prediction[pixel]` != 0 are the predicted pixels.
  std::uint64_t match(std::span<const std::uint8_t> prediction);

  /// After match(): sets `matched[pixel]` of each paired predicted pixel to 1.
  void mark_matched(std::span<std::uint8_t> matched) const;

 private:
  enum class Search { kFound, kBlocked, kHopeless };

  void release(std::span<const std::uint8_t> prediction);
  Search augment(int start);
  bool take_free(int node);

  std::vector<int> pixels_;      // [node] of candidate pixels that have a truth pixel in reach
  std::vector<int> first_edge_;  // [node + 1]
  std::vector<int> edges_;       // truth indices, nearest first
  std::vector<int> partner_;     // [node] truth index or -1
  std::vector<int> owner_;       // [truth] node or -1
  std::vector<int> seen_;        // [truth] search that visited it last, or kLeftOut
  std::vector<int> next_edge_;   // [node] where the search goes on
  std::vector<int> next_free_;   // [node] where the look-ahead goes on
  std::vector<int> stack_;
  std::vector<int> visited_;  // truth indices, by the search that runs
  int search_ = 0;            // number of the search that runs
  int phase_ = 0;             // number of the phase's first search
  static constexpr int kLeftOut = std::numeric_limits<int>::max();
};

}  // namespace triptych::metrics
