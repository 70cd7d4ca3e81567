#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

/// Windows over a grid of patches (Liu et al. 2021, Swin, section 3.2), for any grid: the window is
/// clipped to the grid on each axis by itself, an axis that one window covers is not shifted, and a
/// grid that the window does not divide is padded at the bottom and right.
namespace triptych::layers {

/// How a grid is cut. N = window_height * window_width, nW = rows * columns.
struct WindowGrid {
  std::int64_t height = 0, width = 0;                ///< of the grid, cells
  std::int64_t window_height = 0, window_width = 0;  ///< cells
  std::int64_t rows = 0, columns = 0;                ///< of windows
  std::int64_t shift_height = 0, shift_width = 0;    ///< cyclic shift up and to the left, cells

  [[nodiscard]] std::int64_t padded_height() const { return rows * window_height; }
  [[nodiscard]] std::int64_t padded_width() const { return columns * window_width; }
  [[nodiscard]] std::int64_t count() const { return rows * columns; }
  [[nodiscard]] std::int64_t size() const { return window_height * window_width; }
  [[nodiscard]] bool is_padded() const {
    return padded_height() != height || padded_width() != width;
  }
  [[nodiscard]] bool is_shifted() const { return shift_height > 0 || shift_width > 0; }
};

/// Cuts `height` x `width` cells into windows of side `window`; shifted by half a window if asked.
[[nodiscard]] WindowGrid cut(std::int64_t height, std::int64_t width, std::int64_t window,
                             bool shifted);

/// Pads with zeros and shifts: [B, H, W, C] -> [B, padded H, padded W, C].
[[nodiscard]] at::Tensor into_place(const at::Tensor& patches, const WindowGrid& grid);
/// The inverse: un-shifts and drops the padding.
[[nodiscard]] at::Tensor out_of_place(const at::Tensor& patches, const WindowGrid& grid);

/// [B, padded H, padded W, parts * heads * D] -> [parts, B, nW, heads, N, D].
[[nodiscard]] at::Tensor split_windows(const at::Tensor& patches, const WindowGrid& grid,
                                       std::int64_t parts, std::int64_t heads);
/// [B, nW, heads, N, D] -> [B, padded H, padded W, heads * D].
[[nodiscard]] at::Tensor join_windows(const at::Tensor& windows, const WindowGrid& grid);
/// One map per head and prompt from values per window: [B, nW, heads, P, N] -> [B, heads, P, H, W].
[[nodiscard]] at::Tensor join_maps(const at::Tensor& windows, const WindowGrid& grid);

/// Row of the relative position table for each pair of cells of a window: [N, N] int64. The table
/// has (2 side - 1)^2 rows, row (dy + side - 1)(2 side - 1) + dx + side - 1 for the offset (dy, dx)
/// from key to query; a clipped window uses a part of them, so that the table does not depend on
/// the grid.
[[nodiscard]] at::Tensor relative_positions(const WindowGrid& grid, std::int64_t side);

/// What is added to the attention logits of P prompts and N cells, [nW, P + N, P + N] float on the
/// CPU: kShiftMask between cells that only the cyclic shift made neighbours, kPaddingMask for keys
/// that are padding, 0 elsewhere. Prompts see across the shift, and never padding. Undefined when
/// it would be 0 everywhere.
[[nodiscard]] at::Tensor window_mask(const WindowGrid& grid, std::int64_t prompts);

inline constexpr double kShiftMask = -100;    // as the Swin authors; exp(-100) is 0 in float32
inline constexpr double kPaddingMask = -1e4;  // finite also in float16, so that no row turns NaN

}  // namespace triptych::layers
