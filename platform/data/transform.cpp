#include "triptych/data/transform.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "triptych/error.h"

namespace triptych::data {

namespace {

constexpr double kSmallestCrop = 0.6;

/// Where an output row or column comes from: between `low` and `high` (the share of `high`), or the
/// nearest of both.
struct Source {
  std::int64_t low = 0, high = 0, nearest = 0;
  float share = 0;
};

std::vector<Source> sources(std::int64_t count, double begin, double extent, bool is_flipped) {
  std::vector<Source> out(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(is_flipped ? count - 1 - i : i);
    const double place = std::clamp(begin + (at + 0.5) * extent / static_cast<double>(count) - 0.5,
                                    0.0, static_cast<double>(count - 1));
    Source& source = out[static_cast<std::size_t>(i)];
    source.low = static_cast<std::int64_t>(place);
    source.high = std::min(source.low + 1, count - 1);
    source.share = static_cast<float>(place - static_cast<double>(source.low));
    source.nearest = std::min(static_cast<std::int64_t>(place + 0.5), count - 1);
  }
  return out;
}

at::Tensor interpolated(const at::Tensor& rgb, const std::vector<Source>& rows,
                        const std::vector<Source>& columns) {
  const at::Tensor from = rgb.contiguous();
  at::Tensor out = at::empty_like(from);
  const std::int64_t width = from.size(2), plane = from.size(1) * width;
  const std::uint8_t* source = from.const_data_ptr<std::uint8_t>();
  std::uint8_t* target = out.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t c = 0; c < 3; ++c) {
    for (const Source& row : rows) {
      const std::uint8_t *upper = source + c * plane + row.low * width,
                         *lower = source + c * plane + row.high * width;
      for (const Source& column : columns) {
        const float top =
            upper[column.low] + column.share * (upper[column.high] - upper[column.low]);
        const float bottom =
            lower[column.low] + column.share * (lower[column.high] - lower[column.low]);
        *target++ = static_cast<std::uint8_t>(top + row.share * (bottom - top) + 0.5f);
      }
    }
  }
  return out;
}

template <class T>
void take_nearest(const at::Tensor& from, at::Tensor& out, const std::vector<Source>& rows,
                  const std::vector<Source>& columns) {
  const std::int64_t width = from.size(-1), plane = from.size(-2) * width,
                     planes = from.numel() / plane;
  const T* source = from.const_data_ptr<T>();
  T* target = out.mutable_data_ptr<T>();
  for (std::int64_t p = 0; p < planes; ++p)
    for (const Source& row : rows) {
      const T* line = source + p * plane + row.nearest * width;
      for (const Source& column : columns) *target++ = line[column.nearest];
    }
}

at::Tensor nearest(const at::Tensor& label, const std::vector<Source>& rows,
                   const std::vector<Source>& columns) {
  const at::Tensor from = label.contiguous();
  at::Tensor out = at::empty_like(from);
  switch (from.scalar_type()) {
    case at::kByte:
      take_nearest<std::uint8_t>(from, out, rows, columns);
      break;
    case at::kInt:
      take_nearest<std::int32_t>(from, out, rows, columns);
      break;
    case at::kFloat:
      take_nearest<float>(from, out, rows, columns);
      break;
    default:
      TORCH_INTERNAL_ASSERT(false, "labels are uint8, int32 or float");
  }
  return out;
}

/// Plain loops: ATen's operators would start threads of their own in every loader thread.
void scale(at::Tensor& label, std::int64_t begin, std::int64_t count, float factor) {
  float* values = label.mutable_data_ptr<float>() + begin;
  for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
}

Camera seen_through(Camera camera, const Window& window, ImageSize size) {
  if (camera.fx == 0) return camera;
  const double wide = static_cast<double>(size.width) / window.width;
  const double tall = static_cast<double>(size.height) / window.height;
  camera.fx *= wide;
  camera.fy *= tall;
  camera.cx = (camera.cx + 0.5 - window.left) * wide - 0.5;
  camera.cy = (camera.cy + 0.5 - window.top) * tall - 0.5;
  if (window.is_flipped) camera.cx = static_cast<double>(size.width) - 1 - camera.cx;
  return camera;
}

bool contains(const std::vector<std::string>& names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::string> augmentation_names() { return {"flip", "crop"}; }

void check_augmentations(const std::vector<std::string>& names) {
  const auto known = augmentation_names();
  for (const auto& name : names) {
    if (contains(known, name.c_str())) continue;
    throw Error(Problem{.code = "data.021",
                        .message = "unknown augmentation \"" + name + "\"",
                        .expected = "there are: " + join(known),
                        .suggestion = did_you_mean(name, known)});
  }
}

Window random_window(const std::vector<std::string>& names, ImageSize size, Random& random) {
  // Always the same number of draws: switching one augmentation on leaves the other as it was.
  const double share = kSmallestCrop + (1 - kSmallestCrop) * random.uniform();
  const double down = random.uniform(), right = random.uniform();
  const bool is_flipped = random.uniform() < 0.5;
  Window window{.height = static_cast<double>(size.height),
                .width = static_cast<double>(size.width)};
  if (contains(names, "crop")) {
    window = {.top = down * (1 - share) * window.height,
              .left = right * (1 - share) * window.width,
              .height = share * window.height,
              .width = share * window.width};
  }
  window.is_flipped = contains(names, "flip") && is_flipped;
  return window;
}

Sample seen_through(const Sample& sample, const Window& window) {
  const ImageSize size{sample.rgb.size(1), sample.rgb.size(2)};
  const bool is_whole = window.top == 0 && window.left == 0 &&
                        window.height == static_cast<double>(size.height) &&
                        window.width == static_cast<double>(size.width);
  if (is_whole && !window.is_flipped) return sample;
  const auto rows = sources(size.height, window.top, window.height, false);
  const auto columns = sources(size.width, window.left, window.width, window.is_flipped);
  Sample out{.id = sample.id,
             .rgb = interpolated(sample.rgb, rows, columns),
             .labels = {},
             .camera = seen_through(sample.camera, window, size)};
  for (const auto& [name, label] : sample.labels) {
    at::Tensor seen = nearest(label, rows, columns);
    const std::int64_t plane = size.height * size.width;
    if (name == "disparity")
      scale(seen, 0, seen.numel(),
            static_cast<float>(static_cast<double>(size.width) / window.width));
    if (name == "normals" && window.is_flipped) scale(seen, 0, plane, -1);
    out.labels.emplace(name, std::move(seen));
  }
  return out;
}

}  // namespace triptych::data
