#pragma once

// The boundary evaluation written down plainly, single-threaded: the independent reference of
// edges_test, and what the benchmark compares with. Nothing here is shared with the library but the
// plain structs.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <vector>

#include "triptych/metrics/edges.h"

namespace triptych::metrics::naive {

inline bool bit(const BinaryMap& map, int x, int y) {
  const bool inside = x >= 0 && y >= 0 && x < map.width && y < map.height;
  return inside && map.bits[static_cast<std::size_t>(y) * map.width + x];
}

inline bool is_removed(const BinaryMap& map, int x, int y, bool is_first) {
  const std::array<bool, 10> n{false,
                               bit(map, x + 1, y),
                               bit(map, x + 1, y - 1),
                               bit(map, x, y - 1),
                               bit(map, x - 1, y - 1),
                               bit(map, x - 1, y),
                               bit(map, x - 1, y + 1),
                               bit(map, x, y + 1),
                               bit(map, x + 1, y + 1),
                               bit(map, x + 1, y)};
  int crossings = 0;
  int n1 = 0;
  int n2 = 0;
  for (int k = 1; k <= 4; ++k) {
    if (!n[2 * k - 1] && (n[2 * k] || n[2 * k + 1])) ++crossings;
    if (n[2 * k - 1] || n[2 * k]) ++n1;
    if (n[2 * k] || n[2 * k + 1]) ++n2;
  }
  if (crossings != 1 || std::min(n1, n2) < 2 || std::min(n1, n2) > 3) return false;
  return is_first ? !((n[2] || n[3] || !n[8]) && n[1]) : !((n[6] || n[7] || !n[4]) && n[5]);
}

inline BinaryMap thinned(BinaryMap map) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const bool is_first : {true, false}) {
      auto next = map;
      for (int y = 0; y < map.height; ++y) {
        for (int x = 0; x < map.width; ++x) {
          if (!bit(map, x, y) || !is_removed(map, x, y, is_first)) continue;
          next.bits[static_cast<std::size_t>(y) * map.width + x] = 0;
          changed = true;
        }
      }
      map = next;
    }
  }
  return map;
}

/// Number of pairs within the distance: augmenting paths from each predicted pixel, from scratch.
inline std::uint64_t pairs_within(const BinaryMap& prediction, const BinaryMap& truth,
                                  double distance) {
  struct Pixel {
    int x, y;
  };
  const auto pixels_of = [](const BinaryMap& map) {
    std::vector<Pixel> out;
    for (int y = 0; y < map.height; ++y) {
      for (int x = 0; x < map.width; ++x) {
        if (bit(map, x, y)) out.push_back({x, y});
      }
    }
    return out;
  };
  const auto p = pixels_of(prediction);
  const auto t = pixels_of(truth);
  std::vector<int> index(truth.bits.size(), -1);
  for (std::size_t i = 0; i < t.size(); ++i)
    index[t[i].y * truth.width + t[i].x] = static_cast<int>(i);
  const int reach = static_cast<int>(distance);
  std::vector<std::vector<int>> near(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (int dy = -reach; dy <= reach; ++dy) {
      for (int dx = -reach; dx <= reach; ++dx) {
        if (dx * dx + dy * dy > distance * distance) continue;
        if (bit(truth, p[i].x + dx, p[i].y + dy)) {
          near[i].push_back(index[(p[i].y + dy) * truth.width + p[i].x + dx]);
        }
      }
    }
  }
  std::vector<int> owner(t.size(), -1);
  std::vector<int> seen(t.size(), -1);
  const std::function<bool(int, int)> find = [&](int node, int round) {
    for (const int candidate : near[node]) {
      if (seen[candidate] == round) continue;
      seen[candidate] = round;
      if (owner[candidate] >= 0 && !find(owner[candidate], round)) continue;
      owner[candidate] = node;
      return true;
    }
    return false;
  };
  std::uint64_t pairs = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    pairs += find(static_cast<int>(i), static_cast<int>(i));
  return pairs;
}

/// Non-maximum suppression, pixel by pixel from the definition.
inline std::vector<float> suppressed(const ByteMap& map) {
  const int w = map.width;
  const int h = map.height;
  using Plane = std::vector<double>;
  const auto clamped = [](int i, int n) { return std::clamp(i, 0, n - 1); };
  const auto mirror = [](int i, int n) {
    while (i < 0 || i >= n) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return i;
  };
  Plane e(map.values.size());
  for (std::size_t i = 0; i < e.size(); ++i) e[i] = static_cast<float>(map.values[i]) / 255.0F;
  const auto smooth = [&](int x, int y) {  // both axes at once
    double sum = 0;
    for (int dy = -4; dy <= 4; ++dy) {
      double row = 0;
      for (int dx = -4; dx <= 4; ++dx)
        row += (5 - std::abs(dx)) * e[mirror(y + dy, h) * w + mirror(x + dx, w)];
      sum += (5 - std::abs(dy)) * (row / 25);
    }
    return sum / 25;
  };
  Plane s(e.size());
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) s[y * w + x] = smooth(x, y);
  }
  const auto gradient = [&](const Plane& in, bool along_x) {
    Plane out(in.size());
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const int n = along_x ? w : h;
        const int at = along_x ? x : y;
        const int a = clamped(at - 1, n);
        const int b = clamped(at + 1, n);
        const double rise = along_x ? in[y * w + b] - in[y * w + a] : in[b * w + x] - in[a * w + x];
        out[y * w + x] = b > a ? rise / (b - a) : 0;
      }
    }
    return out;
  };
  const auto ox = gradient(s, true);
  const auto oxx = gradient(ox, true);
  const auto oxy = gradient(ox, false);
  const auto oyy = gradient(gradient(s, false), false);
  const auto at = [&](double x, double y) {
    x = std::clamp(x, 0.0, w - 1.001);
    y = std::clamp(y, 0.0, h - 1.001);
    const int x0 = static_cast<int>(x);
    const int y0 = static_cast<int>(y);
    const double a = x - x0;
    const double b = y - y0;
    return (1 - a) * (1 - b) * e[y0 * w + x0] + a * (1 - b) * e[y0 * w + x0 + 1] +
           (1 - a) * b * e[(y0 + 1) * w + x0] + a * b * e[(y0 + 1) * w + x0 + 1];
  };
  std::vector<float> out(e.size());
  const int s5 = std::min({5, w / 2, h / 2});
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const int i = y * w + x;
      const double sign = -oxy[i] > 0 ? 1 : -oxy[i] < 0 ? -1 : 0;
      const double o = std::fmod(std::atan(oyy[i] * sign / (oxx[i] + 1e-5)) + std::numbers::pi,
                                 std::numbers::pi);
      const double limit = 1.01 * e[i];
      if (limit < at(x + std::cos(o), y + std::sin(o)) ||
          limit < at(x - std::cos(o), y - std::sin(o)))
        continue;
      float value = static_cast<float>(e[i]);
      for (int k = 0; k < s5; ++k) {
        const float factor = static_cast<float>(k) / static_cast<float>(s5);
        if (x == k || w - 1 - x == k) value *= factor;
        if (y == k || h - 1 - y == k) value *= factor;
      }
      out[i] = value;
    }
  }
  return out;
}

/// measure_edges() for one annotator under seism.
inline EdgeImage measured(const ByteMap& prediction, const ByteMap& labels, double max_distance) {
  const int w = prediction.width;
  const int h = prediction.height;
  BinaryMap boundary{w, h, std::vector<std::uint8_t>(prediction.values.size())};
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const auto label = [&](int dx, int dy) { return labels.values[(y + dy) * w + x + dx]; };
      const bool right = x + 1 < w && label(1, 0) != label(0, 0);
      const bool lower = y + 1 < h && label(0, 1) != label(0, 0);
      const bool diagonal = x + 1 < w && y + 1 < h && label(1, 1) != label(0, 0);
      boundary.bits[y * w + x] = right || lower || diagonal;
    }
  }
  const auto truth = naive::thinned(boundary);
  const auto values = suppressed(prediction);
  std::vector<double> thresholds{0.001};
  for (int i = 1; i <= 99; ++i) thresholds.push_back(i / 100.0);
  thresholds.push_back(0.999);
  EdgeImage image;
  for (const double t : thresholds) {
    BinaryMap map{w, h, std::vector<std::uint8_t>(values.size())};
    for (std::size_t i = 0; i < values.size(); ++i) map.bits[i] = values[i] > static_cast<float>(t);
    map = naive::thinned(map);
    const auto pairs = pairs_within(map, truth, max_distance * std::hypot(w, h));
    const auto count = [](const BinaryMap& m) {
      return static_cast<std::uint64_t>(std::count(m.bits.begin(), m.bits.end(), 1));
    };
    image.counts.push_back({pairs, count(truth), pairs, count(map)});
  }
  return image;
}

}  // namespace triptych::metrics::naive
