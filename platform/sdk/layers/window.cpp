#include "triptych/layers/window.h"

#include <torch/types.h>

#include <algorithm>

namespace triptych::layers {

WindowGrid cut(std::int64_t height, std::int64_t width, std::int64_t window, bool shifted) {
  WindowGrid grid{.height = height, .width = width};
  grid.window_height = std::min(window, height);
  grid.window_width = std::min(window, width);
  grid.rows = (height + grid.window_height - 1) / grid.window_height;
  grid.columns = (width + grid.window_width - 1) / grid.window_width;
  if (shifted && grid.rows > 1) grid.shift_height = window / 2;
  if (shifted && grid.columns > 1) grid.shift_width = window / 2;
  return grid;
}

at::Tensor into_place(const at::Tensor& patches, const WindowGrid& grid) {
  auto placed = patches;
  if (grid.is_padded()) {
    placed = at::constant_pad_nd(
        placed, {0, 0, 0, grid.padded_width() - grid.width, 0, grid.padded_height() - grid.height});
  }
  if (grid.is_shifted()) placed = placed.roll({-grid.shift_height, -grid.shift_width}, {1, 2});
  return placed;
}

at::Tensor out_of_place(const at::Tensor& patches, const WindowGrid& grid) {
  auto grid_order = patches;
  if (grid.is_shifted()) {
    grid_order = grid_order.roll({grid.shift_height, grid.shift_width}, {1, 2});
  }
  if (!grid.is_padded()) return grid_order;
  return grid_order.slice(1, 0, grid.height).slice(2, 0, grid.width);
}

at::Tensor split_windows(const at::Tensor& patches, const WindowGrid& grid, std::int64_t parts,
                         std::int64_t heads) {
  const auto batch = patches.size(0), head_dim = patches.size(3) / (parts * heads);
  return patches
      .reshape({batch, grid.rows, grid.window_height, grid.columns, grid.window_width, parts, heads,
                head_dim})
      .permute({5, 0, 1, 3, 6, 2, 4, 7})
      .reshape({parts, batch, grid.count(), heads, grid.size(), head_dim});
}

at::Tensor join_windows(const at::Tensor& windows, const WindowGrid& grid) {
  const auto batch = windows.size(0), heads = windows.size(2), head_dim = windows.size(4);
  return windows
      .reshape(
          {batch, grid.rows, grid.columns, heads, grid.window_height, grid.window_width, head_dim})
      .permute({0, 1, 4, 2, 5, 3, 6})
      .reshape({batch, grid.padded_height(), grid.padded_width(), heads * head_dim});
}

at::Tensor join_maps(const at::Tensor& windows, const WindowGrid& grid) {
  const auto batch = windows.size(0), heads = windows.size(2), prompts = windows.size(3);
  const auto maps =
      windows
          .reshape({batch, grid.rows, grid.columns, heads, prompts, grid.window_height,
                    grid.window_width})
          .permute({0, 1, 5, 2, 6, 3, 4})
          .reshape({batch, grid.padded_height(), grid.padded_width(), heads * prompts});
  return out_of_place(maps, grid)
      .permute({0, 3, 1, 2})
      .reshape({batch, heads, prompts, grid.height, grid.width});
}

at::Tensor relative_positions(const WindowGrid& grid, std::int64_t side) {
  const auto rows = at::arange(grid.window_height, at::kLong)
                        .view({-1, 1})
                        .expand({-1, grid.window_width})
                        .flatten();
  const auto columns = at::arange(grid.window_width, at::kLong).repeat({grid.window_height});
  const auto down = rows.view({-1, 1}) - rows.view({1, -1}) + (side - 1);
  const auto right = columns.view({-1, 1}) - columns.view({1, -1}) + (side - 1);
  return down * (2 * side - 1) + right;
}

namespace {

/// For each placed row (or column): does it lie behind the padding, and which of the three regions
/// that the shift keeps apart does it belong to?
struct Axis {
  at::Tensor region;   // [padded] int64
  at::Tensor padding;  // [padded] bool
};

Axis axis_of(std::int64_t length, std::int64_t padded, std::int64_t window, std::int64_t shift) {
  const auto place = at::arange(padded, at::kLong);
  const auto origin = (place + shift).remainder(padded);
  // The last window of a shifted axis holds cells from both ends of the grid.
  const auto region =
      (place >= padded - window).to(at::kLong) + (place >= padded - shift).to(at::kLong);
  return {shift > 0 ? region : at::zeros_like(region), origin >= length};
}

}  // namespace

at::Tensor window_mask(const WindowGrid& grid, std::int64_t prompts) {
  if (!grid.is_shifted() && !grid.is_padded()) return {};
  const auto down =
      axis_of(grid.height, grid.padded_height(), grid.window_height, grid.shift_height);
  const auto right = axis_of(grid.width, grid.padded_width(), grid.window_width, grid.shift_width);
  const auto windows = [&](const at::Tensor& cells) {  // [padded H, padded W] -> [nW, N]
    return cells.reshape({grid.rows, grid.window_height, grid.columns, grid.window_width})
        .permute({0, 2, 1, 3})
        .reshape({grid.count(), grid.size()});
  };
  const auto region = windows(down.region.view({-1, 1}) * 3 + right.region.view({1, -1}));
  const auto padding = windows(down.padding.view({-1, 1}) | right.padding.view({1, -1}));
  const auto is_apart = region.unsqueeze(2) != region.unsqueeze(1);  // [nW, N, N]
  auto mask = is_apart.to(at::kFloat) * kShiftMask;
  mask = at::constant_pad_nd(mask, {prompts, 0, prompts, 0});
  const auto padded_keys = at::constant_pad_nd(padding.to(at::kFloat), {prompts, 0});
  return mask + padded_keys.unsqueeze(1) * kPaddingMask;
}

}  // namespace triptych::layers
