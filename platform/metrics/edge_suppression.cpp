// Non-maximum suppression. Smoothing and directions in double, the map itself in float.
#include <algorithm>
#include <array>
#include <cmath>

#include "triptych/metrics/edge_maps.h"

namespace triptych::metrics {

namespace {

constexpr int kRadius = 4;
constexpr double kSlack = 1.01;   // a maximum may be this much below its neighbour
constexpr double kNoZero = 1e-5;  // keeps the quotient of second differences finite
constexpr int kBorder = 5;

struct Plane {
  int width, height;
  std::vector<double> values;

  [[nodiscard]] double at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * width + x];
  }
  double& at(int x, int y) { return values[static_cast<std::size_t>(y) * width + x]; }
};

Plane like(const Plane& other) {
  return {other.width, other.height, std::vector<double>(other.values.size())};
}

// Index mirrored at the borders, the border pixel repeated; several times for tiny maps.
int mirrored(int i, int size) {
  const int period = 2 * size;
  i = ((i % period) + period) % period;
  return i < size ? i : period - 1 - i;
}

Plane smoothed_along_x(const Plane& in) {
  Plane out = like(in);
  std::vector<double> padded(static_cast<std::size_t>(in.width) + 2 * kRadius);
  for (int y = 0; y < in.height; ++y) {
    for (int x = -kRadius; x < in.width + kRadius; ++x) {
      const bool is_inside = x >= 0 && x < in.width;
      padded[x + kRadius] = in.at(is_inside ? x : mirrored(x, in.width), y);
    }
    for (int x = 0; x < in.width; ++x) {
      double sum = 0;
      for (int d = -kRadius; d <= kRadius; ++d)
        sum += (kRadius + 1 - std::abs(d)) * padded[x + kRadius + d];
      out.at(x, y) = sum / 25;
    }
  }
  return out;
}

Plane transposed(const Plane& in) {
  Plane out{in.height, in.width, std::vector<double>(in.values.size())};
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) out.at(y, x) = in.at(x, y);
  }
  return out;
}

// Half the central difference; one-sided at the borders; 0 along an axis of one pixel.
Plane difference_along_x(const Plane& in) {
  Plane out = like(in);
  const int last = in.width - 1;
  for (int y = 0; y < in.height && last > 0; ++y) {
    out.at(0, y) = in.at(1, y) - in.at(0, y);
    out.at(last, y) = in.at(last, y) - in.at(last - 1, y);
    for (int x = 1; x < last; ++x) out.at(x, y) = (in.at(x + 1, y) - in.at(x - 1, y)) / 2;
  }
  return out;
}

Plane difference_along_y(const Plane& in) {
  Plane out = like(in);
  const int last = in.height - 1;
  for (int x = 0; x < in.width && last > 0; ++x) {
    out.at(x, 0) = in.at(x, 1) - in.at(x, 0);
    out.at(x, last) = in.at(x, last) - in.at(x, last - 1);
    for (int y = 1; y < last; ++y) out.at(x, y) = (in.at(x, y + 1) - in.at(x, y - 1)) / 2;
  }
  return out;
}

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

// The unit vector (cos O, sin O) at each pixel, up to its sign, which does not matter: both
// neighbours are looked at. tan O = b/a, so the vector is (a, b) over its length.
struct Directions {
  std::vector<double> x, y;
};

Directions directions(const Plane& edges) {
  const auto smooth = transposed(smoothed_along_x(transposed(smoothed_along_x(edges))));
  const auto dx = difference_along_x(smooth);
  const auto dxx = difference_along_x(dx);
  const auto dxy = difference_along_y(dx);
  const auto dyy = difference_along_y(difference_along_y(smooth));
  Directions out{std::vector<double>(edges.values.size()),
                 std::vector<double>(edges.values.size())};
  for (std::size_t i = 0; i < edges.values.size(); ++i) {
    const double a = dxx.values[i] + kNoZero;
    const double b = dyy.values[i] * sign(-dxy.values[i]);
    const double length = std::sqrt(a * a + b * b);
    out.x[i] = length > 0 ? a / length : 1;
    out.y[i] = length > 0 ? b / length : 0;
  }
  return out;
}

double bilinear(const Plane& map, double x, double y) {
  x = std::clamp(x, 0.0, std::max(map.width - 1.001, 0.0));
  y = std::clamp(y, 0.0, std::max(map.height - 1.001, 0.0));
  const int x0 = static_cast<int>(x);
  const int y0 = static_cast<int>(y);
  const int x1 = std::min(x0 + 1, map.width - 1);
  const int y1 = std::min(y0 + 1, map.height - 1);
  const double fx = x - x0;
  const double fy = y - y0;
  return (1 - fx) * (1 - fy) * map.at(x0, y0) + fx * (1 - fy) * map.at(x1, y0) +
         (1 - fx) * fy * map.at(x0, y1) + fx * fy * map.at(x1, y1);
}

// Factor of a row or column: k/s for the k-th from the border.
float fade(int i, int size, int s) {
  const int k = std::min({i, size - 1 - i, s});
  return k >= s ? 1.0F : static_cast<float>(k) / static_cast<float>(s);
}

}  // namespace

std::vector<float> non_maximum_suppressed(const ByteMap& edges) {
  const int w = edges.width;
  const int h = edges.height;
  Plane map{w, h, {}};
  for (const auto v : edges.values) {
    map.values.push_back(static_cast<double>(static_cast<float>(v) / 255.0F));
  }
  const auto along = directions(map);
  const int s = std::min({kBorder, w / 2, h / 2});
  std::vector<float> out(map.values.size());
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const auto at = static_cast<std::size_t>(y) * w + x;
      const double value = map.values[at];
      if (value == 0) continue;
      const double dx = along.x[at];
      const double dy = along.y[at];
      const double limit = kSlack * value;
      if (limit < bilinear(map, x + dx, y + dy) || limit < bilinear(map, x - dx, y - dy)) continue;
      out[at] = static_cast<float>(value) * fade(x, w, s) * fade(y, h, s);
    }
  }
  return out;
}

}  // namespace triptych::metrics
