// Maximum bipartite matching by depth-first searches with look-ahead, in phases (Pothen and Fan
// 1990). A phase visits each truth pixel once; the phase that finds no augmenting path ends the
// search, since then there is none (Berge 1957).
//
// A search that fails without meeting what an earlier one of its phase had visited has seen all
// that its node reaches, none of it free. No later path leads through there, so those truth pixels
// are left out, and the node is given up, until the prediction changes.
#include <algorithm>
#include <cmath>

#include "triptych/metrics/edge_maps.h"

namespace triptych::metrics {

namespace {

struct Offset {
  int dx, dy, squared;
};

// All offsets within the distance, nearest first.
std::vector<Offset> offsets_within(double distance_px) {
  std::vector<Offset> out;
  const int reach = static_cast<int>(std::floor(distance_px));
  const double limit = distance_px * distance_px;
  for (int dy = -reach; dy <= reach; ++dy) {
    for (int dx = -reach; dx <= reach; ++dx) {
      if (dx * dx + dy * dy <= limit) out.push_back({dx, dy, dx * dx + dy * dy});
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Offset& a, const Offset& b) { return a.squared < b.squared; });
  return out;
}

}  // namespace

EdgeMatcher::EdgeMatcher(const BinaryMap& truth, const BinaryMap& candidates,
                         double max_distance_px) {
  const int w = truth.width;
  const int h = truth.height;
  std::vector<int> truth_index(truth.bits.size(), -1);
  int count = 0;
  for (std::size_t i = 0; i < truth.bits.size(); ++i) {
    if (truth.bits[i]) truth_index[i] = count++;
  }
  // No pair is farther apart than the diagonal, however large the distance.
  const auto offsets = offsets_within(std::min(max_distance_px, std::hypot(w, h)));
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      if (!candidates.bits[static_cast<std::size_t>(y) * w + x]) continue;
      const auto first = static_cast<int>(edges_.size());
      for (const auto& [dx, dy, squared] : offsets) {
        const int tx = x + dx;
        const int ty = y + dy;
        if (tx < 0 || ty < 0 || tx >= w || ty >= h) continue;
        const int index = truth_index[static_cast<std::size_t>(ty) * w + tx];
        if (index >= 0) edges_.push_back(index);
      }
      if (first == static_cast<int>(edges_.size())) continue;
      pixels_.push_back(y * w + x);
      first_edge_.push_back(first);
    }
  }
  first_edge_.push_back(static_cast<int>(edges_.size()));
  partner_.assign(pixels_.size(), -1);
  owner_.assign(static_cast<std::size_t>(count), -1);
  seen_.assign(static_cast<std::size_t>(count), 0);
  next_edge_.assign(pixels_.size(), 0);
  next_free_.assign(pixels_.size(), 0);
}

// Frees the truth pixels of predictions that are gone.
void EdgeMatcher::release(std::span<const std::uint8_t> prediction) {
  for (std::size_t node = 0; node < pixels_.size(); ++node) {
    if (partner_[node] < 0 || prediction[pixels_[node]]) continue;
    owner_[partner_[node]] = -1;
    partner_[node] = -1;
  }
}

// Pairs `node` with a truth pixel that nobody owns, if there is one. Owned ones stay owned while
// paths are searched, so the look never goes back.
bool EdgeMatcher::take_free(int node) {
  for (int& e = next_free_[node]; e < first_edge_[node + 1]; ++e) {
    const int truth = edges_[e];
    if (owner_[truth] >= 0) continue;
    owner_[truth] = node;
    partner_[node] = truth;
    return true;
  }
  return false;
}

// Searches an alternating path from a free node to a free truth pixel and flips it.
EdgeMatcher::Search EdgeMatcher::augment(int start) {
  ++search_;
  bool is_blocked = false;
  visited_.clear();
  stack_.assign(1, start);
  while (!stack_.empty()) {
    const int node = stack_.back();
    const int before = partner_[node];
    if (take_free(node)) {
      // Each node below takes the truth pixel that the one above it gave up.
      int given_up = before;
      for (auto at = stack_.size() - 1; at-- > 0;) {
        const int lower = stack_[at];
        const int own = partner_[lower];
        partner_[lower] = given_up;
        owner_[given_up] = lower;
        given_up = own;
      }
      return Search::kFound;
    }
    bool goes_on = false;
    for (int& e = next_edge_[node]; e < first_edge_[node + 1] && !goes_on; ++e) {
      const int truth = edges_[e];
      const int seen = seen_[truth];
      if (seen >= phase_) {
        is_blocked |= seen != search_ && seen != kLeftOut;
        continue;
      }
      seen_[truth] = search_;
      visited_.push_back(truth);
      stack_.push_back(owner_[truth]);  // owned, or take_free would have had it
      goes_on = true;
    }
    if (!goes_on) stack_.pop_back();
  }
  if (is_blocked) return Search::kBlocked;
  for (const int truth : visited_) seen_[truth] = kLeftOut;
  return Search::kHopeless;
}

std::uint64_t EdgeMatcher::match(std::span<const std::uint8_t> prediction) {
  release(prediction);
  std::vector<int> free;
  for (std::size_t node = 0; node < pixels_.size(); ++node) {
    next_free_[node] = first_edge_[node];
    if (partner_[node] < 0 && prediction[pixels_[node]]) free.push_back(static_cast<int>(node));
  }
  std::erase_if(free, [&](int node) { return take_free(node); });
  std::fill(seen_.begin(), seen_.end(), 0);
  search_ = 0;
  bool has_found = true;
  while (!free.empty() && has_found) {
    has_found = false;
    phase_ = search_ + 1;
    for (std::size_t node = 0; node < pixels_.size(); ++node) next_edge_[node] = first_edge_[node];
    std::erase_if(free, [&](int node) {
      const auto result = augment(node);
      has_found |= result == Search::kFound;
      return result != Search::kBlocked;
    });
  }
  return static_cast<std::uint64_t>(
      std::count_if(owner_.begin(), owner_.end(), [](int node) { return node >= 0; }));
}

void EdgeMatcher::mark_matched(std::span<std::uint8_t> matched) const {
  for (std::size_t node = 0; node < pixels_.size(); ++node) {
    if (partner_[node] >= 0) matched[pixels_[node]] = 1;
  }
}

}  // namespace triptych::metrics
