// The angle of one pixel under each variant.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "triptych/metrics/normals.h"

namespace triptych::metrics {

namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

template <class Real>
using Vector = std::array<Real, 3>;

template <class Real>
Real length(const Vector<Real>& v) {
  return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

template <class Real>
Vector<Real> unit(const Vector<Real>& v) {
  const Real norm = length(v);
  if (norm == 0) return v;
  return {v[0] / norm, v[1] / norm, v[2] / norm};
}

// Scaled by the largest component first, so that no square overflows or vanishes.
Normal safe_unit(const Normal& v) {
  const double largest = std::max({std::abs(v[0]), std::abs(v[1]), std::abs(v[2])});
  if (largest == 0 || !std::isfinite(largest)) return largest == 0 ? v : Normal{NAN, NAN, NAN};
  if (largest > 1e-100 && largest < 1e100) return unit(v);
  return unit(Normal{v[0] / largest, v[1] / largest, v[2] / largest});
}

template <class Real>
Real wide_angle(const Vector<Real>& p, const Vector<Real>& g) {
  const Vector<Real> difference{p[0] - g[0], p[1] - g[1], p[2] - g[2]};
  const Vector<Real> sum{p[0] + g[0], p[1] + g[1], p[2] + g[2]};
  return 2 * std::atan2(length(difference), length(sum));
}

double acos_angle(const Normal& p, const Normal& g) {
  const double dot = p[0] * g[0] + p[1] * g[1] + p[2] * g[2];
  return std::isnan(dot) ? NAN : std::acos(std::clamp(dot, -1.0, 1.0));
}

double taskprompter_angle(const Normal& prediction, const Normal& truth) {
  Vector<float> p;
  Vector<float> g;
  for (int i = 0; i < 3; ++i) {
    p[i] = static_cast<float>(prediction[i]);
    g[i] = static_cast<float>(truth[i]);
  }
  p = unit(p);
  for (auto& n : p) {
    const float stored = (n + 1.0F) * 255.0F / 2.0F;
    n = 2.0F * stored / 255.0F - 1.0F;
  }
  return wide_angle(unit(p), unit(g));
}

// Stored as trunc((n+1)*255/2) in 8 bits and read back.
Normal through_bytes(const Normal& n) {
  Normal out;
  for (int i = 0; i < 3; ++i) {
    if (!std::isfinite(n[i])) return {NAN, NAN, NAN};
    const double stored = std::trunc((n[i] + 1) * 255 / 2);
    out[i] = normal_from_byte(std::clamp(stored, 0.0, 255.0));
  }
  return out;
}

bool is_marked(const Normal& g) { return g[0] == 255 || g[1] == 255 || g[2] == 255; }
bool is_zero(const Normal& g) { return g[0] == 0 && g[1] == 0 && g[2] == 0; }
bool has_nan(const Normal& g) { return std::isnan(g[0]) || std::isnan(g[1]) || std::isnan(g[2]); }

bool is_valid(NormalsKind kind, const Normal& g) {
  switch (kind) {
    case NormalsKind::kClassic:
      return !is_zero(g) && !has_nan(g) && !is_marked(g);
    case NormalsKind::kTaskprompter:
      return !is_marked(g);
    case NormalsKind::kAstmt:
      return !is_zero(g);
    default:
      return g[0] + g[1] + g[2] != 0;
  }
}

}  // namespace

Normal truth_normal_from_bytes(const Normal& stored) {
  const auto is_middle = [](double v) { return v == 127 || v == 128; };
  if (is_middle(stored[0]) && is_middle(stored[1]) && is_middle(stored[2])) return {0, 0, 0};
  return {normal_from_byte(stored[0]), normal_from_byte(stored[1]), normal_from_byte(stored[2])};
}

std::optional<double> normal_error_deg(NormalsKind kind, const Normal& truth,
                                       const Normal& prediction) {
  if (!is_valid(kind, truth)) return std::nullopt;
  switch (kind) {
    case NormalsKind::kClassic:
      return kDegrees * wide_angle(safe_unit(prediction), safe_unit(truth));
    case NormalsKind::kTaskprompter:
      return kDegrees * taskprompter_angle(prediction, truth);
    case NormalsKind::kAstmt:
      return kDegrees *
             acos_angle(safe_unit(through_bytes(safe_unit(prediction))), safe_unit(truth));
    case NormalsKind::kLibmtl:
      return kDegrees * acos_angle(safe_unit(prediction), truth);
    default:
      return kDegrees * acos_angle(safe_unit(prediction), safe_unit(truth));
  }
}

}  // namespace triptych::metrics
