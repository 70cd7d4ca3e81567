#include "triptych/layers/colour.h"

#include <torch/types.h>

#include <array>
#include <cmath>

namespace triptych::layers {

namespace {

using Colour = std::array<std::uint8_t, 3>;

// Nine points of the colour scale "viridis" (Smith, van der Walt and Firing 2015, public domain,
// CC0); colours between them are interpolated.
constexpr std::array<Colour, 9> kScale{{{68, 1, 84},
                                        {71, 45, 123},
                                        {59, 82, 139},
                                        {44, 114, 142},
                                        {33, 145, 140},
                                        {40, 174, 128},
                                        {94, 201, 98},
                                        {173, 220, 48},
                                        {253, 231, 37}}};

Colour scale_colour(float fraction) {
  if (std::isnan(fraction)) return {0, 0, 0};
  const float place = std::fmin(std::fmax(fraction, 0.0F), 1.0F) * (kScale.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(place), kScale.size() - 2);
  const float rest = place - static_cast<float>(low);
  Colour colour{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto from = static_cast<float>(kScale[low][i]),
               to = static_cast<float>(kScale[low + 1][i]);
    colour[i] = static_cast<std::uint8_t>(std::lround(from + rest * (to - from)));
  }
  return colour;
}

/// Hues a golden angle apart, in three brightnesses.
Colour made_colour(std::int64_t label) {
  constexpr double kGoldenRatio = 0.6180339887498949;  // its multiples fill [0, 1) evenly
  const double hue = 6 * std::fmod(static_cast<double>(label) * kGoldenRatio, 1.0);
  const double value = 255 - 60 * static_cast<double>(label % 3);
  Colour colour{};
  for (int i = 0; i < 3; ++i) {
    const double distance = std::abs(std::fmod(hue - 2.0 * i + 9.0, 6.0) - 3.0);  // 0 = that hue
    const double share = std::fmin(std::fmax(2.0 - distance, 0.0), 1.0);
    colour[static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(std::lround(value * (0.25 + 0.75 * share)));
  }
  return colour;
}

template <class Element, class Map>
at::Tensor coloured(const at::Tensor& values, const Map& map) {
  const auto source = values.contiguous();
  auto picture = at::empty({source.size(0), source.size(1), 3}, at::kByte);
  const auto* from = source.const_data_ptr<Element>();
  auto* to = picture.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < source.numel(); ++i) {
    const Colour colour = map(from[i]);
    std::copy(colour.begin(), colour.end(), to + 3 * i);
  }
  return picture;
}

}  // namespace

at::Tensor scale_colours(const at::Tensor& fractions) {
  return coloured<float>(fractions.detach().to(at::kCPU, at::kFloat), scale_colour);
}

at::Tensor class_colours(const at::Tensor& labels, const std::vector<std::int64_t>& palette,
                         std::int64_t ignore) {
  const auto known = static_cast<std::int64_t>(palette.size() / 3);
  return coloured<std::int64_t>(
      labels.detach().to(at::kCPU, at::kLong), [&](std::int64_t label) -> Colour {
        if (label < 0 || label == ignore) return {0, 0, 0};
        if (label >= known) return made_colour(label);
        const auto* rgb = palette.data() + 3 * label;
        return {static_cast<std::uint8_t>(rgb[0]), static_cast<std::uint8_t>(rgb[1]),
                static_cast<std::uint8_t>(rgb[2])};
      });
}

}  // namespace triptych::layers
