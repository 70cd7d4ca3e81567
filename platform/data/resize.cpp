#include <algorithm>
#include <cmath>

#include "triptych/data/pictures.h"

namespace triptych::data {

namespace {

/// One new row or column: old ones [first, first + weights), their weights sum to 1.
struct Span {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Span> area_spans(int from, int to) {
  std::vector<Span> out(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * scale, end = (i + 1) * scale;
    Span& span = out[static_cast<std::size_t>(i)];
    span.first = std::min(static_cast<int>(begin), from - 1);
    // An end that a rounding error puts just beyond a pixel takes nothing of the next one.
    const int last = std::clamp(static_cast<int>(std::ceil(end - 1e-9)) - 1, span.first, from - 1);
    double sum = 0;
    for (int j = span.first; j <= last; ++j) {
      const double share = std::min<double>(end, j + 1) - std::max<double>(begin, j);
      span.weights.push_back(static_cast<float>(share));
      sum += share;
    }
    for (float& weight : span.weights) weight = static_cast<float>(weight / sum);
  }
  return out;
}

}  // namespace

Picture resized_by_area(const Picture& picture, int height, int width) {
  if (picture.height == height && picture.width == width) return picture;
  const auto rows = area_spans(picture.height, height), columns = area_spans(picture.width, width);
  const std::size_t channels = static_cast<std::size_t>(picture.channels);
  // First across, into floats, then down.
  std::vector<float> narrow(static_cast<std::size_t>(picture.height) * width * channels, 0.0f);
  for (int row = 0; row < picture.height; ++row) {
    const std::uint8_t* from =
        picture.pixels.data() + static_cast<std::size_t>(row) * picture.width * channels;
    float* to = narrow.data() + static_cast<std::size_t>(row) * width * channels;
    for (const Span& span : columns) {
      for (std::size_t j = 0; j < span.weights.size(); ++j)
        for (std::size_t c = 0; c < channels; ++c)
          to[c] +=
              span.weights[j] * from[(static_cast<std::size_t>(span.first) + j) * channels + c];
      to += channels;
    }
  }
  Picture out{height, width, picture.channels, {}};
  const std::size_t row_values = static_cast<std::size_t>(width) * channels;
  out.pixels.resize(row_values * height);
  std::vector<float> sum(row_values);
  for (int row = 0; row < height; ++row) {
    const Span& span = rows[static_cast<std::size_t>(row)];
    std::fill(sum.begin(), sum.end(), 0.5f);  // rounds
    for (std::size_t j = 0; j < span.weights.size(); ++j) {
      const float* from = narrow.data() + (static_cast<std::size_t>(span.first) + j) * row_values;
      for (std::size_t i = 0; i < row_values; ++i) sum[i] += span.weights[j] * from[i];
    }
    std::uint8_t* to = out.pixels.data() + static_cast<std::size_t>(row) * row_values;
    for (std::size_t i = 0; i < row_values; ++i)
      to[i] = static_cast<std::uint8_t>(std::min(sum[i], 255.0f));
  }
  return out;
}

Picture resized_by_nearest(const Picture& picture, int height, int width) {
  if (picture.height == height && picture.width == width) return picture;
  const std::size_t channels = static_cast<std::size_t>(picture.channels);
  Picture out{height, width, picture.channels, {}};
  out.pixels.resize(static_cast<std::size_t>(height) * width * channels);
  std::uint8_t* to = out.pixels.data();
  for (int row = 0; row < height; ++row) {
    const int from_row =
        std::min(static_cast<int>((row + 0.5) * picture.height / height), picture.height - 1);
    for (int column = 0; column < width; ++column) {
      const int from_column =
          std::min(static_cast<int>((column + 0.5) * picture.width / width), picture.width - 1);
      const std::size_t from =
          (static_cast<std::size_t>(from_row) * picture.width + from_column) * channels;
      for (std::size_t c = 0; c < channels; ++c) *to++ = picture.pixels[from + c];
    }
  }
  return out;
}

}  // namespace triptych::data
