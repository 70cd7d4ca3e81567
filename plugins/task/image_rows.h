#pragma once

/// Rows of statistics of a batch, counted by the metrics library.
///
/// The library works on the host, so that training and `triptych evaluate` add up the same numbers
/// in the same order, bit by bit. Cost per batch: one copy of the decoded and the label map from
/// the device, in evaluation only; samples are counted in parallel.
#include <triptych/metrics/columns.h>
#include <triptych/metrics/parallel.h>
#include <triptych/plugin.h>

#include <functional>
#include <span>

namespace triptych {

/// Values of one sample of a contiguous host tensor of T; borrowed.
template <class T>
std::span<const T> sample_of(const at::Tensor& map, std::int64_t sample) {
  const auto size = map.numel() / map.size(0);
  return {map.const_data_ptr<T>() + sample * size, static_cast<std::size_t>(size)};
}

/// A contiguous copy on the host, or `map` itself when it is one.
inline at::Tensor on_host(const at::Tensor& map, at::ScalarType type) {
  return map.detach().to(at::kCPU, type).contiguous();
}

/// [B, S] float64 on `device`, S = columns; zeros for samples without a label.
inline at::Tensor image_rows(const metrics::Columns& columns, const std::vector<bool>& present,
                             const at::Device& device,
                             const std::function<metrics::Statistics(std::int64_t)>& measure) {
  const auto batch = static_cast<std::int64_t>(present.size());
  const auto width = static_cast<std::int64_t>(columns.names().size());
  const auto rows = torch::zeros({batch, width}, torch::kDouble);
  auto* first = rows.data_ptr<double>();
  metrics::parallel_for(batch, at::get_num_threads(), [&](std::int64_t i) {
    if (!present[static_cast<std::size_t>(i)]) return;
    columns.write(measure(i), {first + i * width, columns.names().size()});
  });
  return rows.to(device);
}

/// The statistics of each row of a set, back from `image_rows`.
template <class Image, class Read>
std::vector<Image> images_of(const metrics::Columns& columns, std::span<const double> rows,
                             std::int64_t count, const Read& read) {
  const auto width = columns.names().size();
  std::vector<Image> images;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    images.push_back(read(columns.read(rows.subspan(i * width, width))));
  }
  return images;
}

}  // namespace triptych
