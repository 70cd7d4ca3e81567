#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

/// Written-out versions of the layers: loops over samples, windows, tokens, heads and channels in
/// double precision, from the formulas alone. They share no code with the modules.
namespace naive {

using Vector = std::vector<double>;
using Rows = std::vector<Vector>;  // one vector per token

/// Parameters by name, in double.
class Weights {
 public:
  explicit Weights(const torch::nn::Module& module) {
    for (const auto& item : module.named_parameters()) {
      values_[item.key()] = item.value().detach().to(torch::kDouble).contiguous();
    }
  }
  /// Names may begin with a dot: that of a module without a prefix.
  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(bare(name)); }
  [[nodiscard]] const torch::Tensor& at(const std::string& name) const {
    return values_.at(bare(name));
  }
  /// y = W x + b; no bias where there is none.
  [[nodiscard]] Vector linear(const std::string& name, const Vector& x) const {
    const auto w = at(name + ".weight").accessor<double, 2>();
    Vector y(static_cast<std::size_t>(w.size(0)));
    for (std::size_t o = 0; o < y.size(); ++o) {
      y[o] = has(name + ".bias") ? at(name + ".bias")[o].item<double>() : 0.0;
      for (std::size_t i = 0; i < x.size(); ++i) y[o] += w[o][i] * x[i];
    }
    return y;
  }
  [[nodiscard]] Vector layer_norm(const std::string& name, const Vector& x) const {
    double mean = 0, variance = 0;
    for (const double value : x) mean += value / static_cast<double>(x.size());
    for (const double value : x) {
      variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
    }
    Vector y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * at(name + ".weight")[i].item<double>() +
             at(name + ".bias")[i].item<double>();
    }
    return y;
  }

 private:
  static std::string bare(const std::string& name) {
    return name.starts_with('.') ? name.substr(1) : name;
  }
  std::map<std::string, torch::Tensor> values_;
};

inline double gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

inline Vector added(const Vector& a, const Vector& b) {
  Vector sum(a);
  for (std::size_t i = 0; i < b.size(); ++i) sum[i] += b[i];
  return sum;
}

inline double dot(const Vector& a, const Vector& b, std::size_t begin, std::size_t end) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += a[i] * b[i];
  return sum;
}

inline Vector softmax(Vector x) {
  double greatest = x[0], sum = 0;
  for (const double value : x) greatest = std::max(greatest, value);
  for (double& value : x) sum += (value = std::exp(value - greatest));
  for (double& value : x) value /= sum;
  return x;
}

/// A grid of tokens of one sample.
struct Field {
  std::int64_t height = 0, width = 0;
  Rows cells;  // row-major
  [[nodiscard]] Vector& at(std::int64_t r, std::int64_t c) {
    return cells[static_cast<std::size_t>(r * width + c)];
  }
  [[nodiscard]] const Vector& at(std::int64_t r, std::int64_t c) const {
    return cells[static_cast<std::size_t>(r * width + c)];
  }
};

inline Rows rows_of(const torch::Tensor& x) {  // [N, C]
  const auto values = x.detach().to(torch::kDouble).contiguous();
  Rows rows;
  for (std::int64_t i = 0; i < values.size(0); ++i) {
    const auto* begin = values.data_ptr<double>() + i * values.size(1);
    rows.emplace_back(begin, begin + values.size(1));
  }
  return rows;
}

inline torch::Tensor tensor_of(const Rows& rows) {  // [N, C]
  auto x = torch::empty(
      {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size())},
      torch::kDouble);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy(rows[i].begin(), rows[i].end(), x.data_ptr<double>() + i * rows[i].size());
  }
  return x;
}

inline Field field_of(const torch::Tensor& x) {  // [H, W, C]
  return {x.size(0), x.size(1), rows_of(x.reshape({-1, x.size(2)}))};
}

/// What window attention gives for one sample.
struct Attended {
  Field patches;
  Rows prompts;
  // Raw logits of prompt p with the cell (r, c), head h: maps[h][p] over cells.
  std::vector<std::vector<Vector>> maps;
};

/// Window attention with prompts, for one sample. `window` is the side; `is_shifted` shifts by
/// half. A window is a set of cells: those that a cyclic shift brings into one tile. Two cells of a
/// tile see each other unless the border of the grid that was wrapped around lies between them.
/// Prompts see all cells of the tile. Cells beyond the grid do not exist.
inline Attended window_attention(const Weights& weights, const std::string& name,
                                 const Field& patches, const Rows& prompts, std::int64_t heads,
                                 std::int64_t window, bool is_shifted) {
  const auto channels = patches.cells.front().size();
  const auto head_dim = channels / static_cast<std::size_t>(heads);
  const double scale = 1 / std::sqrt(static_cast<double>(head_dim));
  const auto tile_h = std::min(window, patches.height), tile_w = std::min(window, patches.width);
  const auto rows = (patches.height + tile_h - 1) / tile_h;
  const auto columns = (patches.width + tile_w - 1) / tile_w;
  const auto shift_h = is_shifted && rows > 1 ? window / 2 : 0;
  const auto shift_w = is_shifted && columns > 1 ? window / 2 : 0;
  const auto part = [&](const Vector& qkv, std::size_t which) {
    return Vector(qkv.begin() + static_cast<std::ptrdiff_t>(which * channels),
                  qkv.begin() + static_cast<std::ptrdiff_t>((which + 1) * channels));
  };
  Rows prompt_qkv, cell_qkv;
  for (const auto& prompt : prompts) prompt_qkv.push_back(weights.linear(name + ".qkv", prompt));
  for (const auto& cell : patches.cells) cell_qkv.push_back(weights.linear(name + ".qkv", cell));
  const auto& table = weights.at(name + ".relative_position_bias_table");

  Attended out;
  out.patches = patches;
  out.prompts.assign(prompts.size(), Vector(channels, 0.0));
  out.maps.assign(static_cast<std::size_t>(heads), std::vector<Vector>(prompts.size()));
  for (std::size_t h = 0; h < static_cast<std::size_t>(heads); ++h) {
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      for (const auto& cell : cell_qkv) {
        out.maps[h][p].push_back(
            dot(part(prompt_qkv[p], 0), part(cell, 1), h * head_dim, (h + 1) * head_dim));
      }
    }
  }

  struct Cell {
    std::int64_t row, column;        // in the grid
    std::int64_t in_row, in_column;  // in the tile
    bool wraps_h, wraps_w;
  };
  for (std::int64_t tile = 0; tile < rows * columns; ++tile) {
    std::vector<Cell> cells;
    for (std::int64_t i = 0; i < tile_h; ++i) {
      for (std::int64_t j = 0; j < tile_w; ++j) {
        const auto down = (tile / columns) * tile_h + i + shift_h;
        const auto right = (tile % columns) * tile_w + j + shift_w;
        const auto row = down % (rows * tile_h), column = right % (columns * tile_w);
        if (row >= patches.height || column >= patches.width) continue;
        cells.push_back({row, column, i, j, down >= rows * tile_h, right >= columns * tile_w});
      }
    }
    const auto qkv_of = [&](const Cell& cell) -> const Vector& {
      return cell_qkv[static_cast<std::size_t>(cell.row * patches.width + cell.column)];
    };
    const auto attend = [&](const Vector& query_qkv, const Cell* query_cell) {
      Vector joined(channels, 0.0);
      for (std::size_t h = 0; h < static_cast<std::size_t>(heads); ++h) {
        const auto begin = h * head_dim, end = begin + head_dim;
        Vector logits;
        Rows values;
        for (const auto& prompt : prompt_qkv) {
          logits.push_back(scale * dot(part(query_qkv, 0), part(prompt, 1), begin, end));
          values.push_back(part(prompt, 2));
        }
        for (const auto& key : cells) {
          double bias = 0;
          if (query_cell != nullptr) {
            if (key.wraps_h != query_cell->wraps_h || key.wraps_w != query_cell->wraps_w) continue;
            const auto dy = query_cell->in_row - key.in_row + window - 1;
            const auto dx = query_cell->in_column - key.in_column + window - 1;
            bias = table[dy * (2 * window - 1) + dx][static_cast<std::int64_t>(h)].item<double>();
          }
          logits.push_back(scale * dot(part(query_qkv, 0), part(qkv_of(key), 1), begin, end) +
                           bias);
          values.push_back(part(qkv_of(key), 2));
        }
        const auto shares = softmax(logits);
        for (std::size_t k = 0; k < shares.size(); ++k) {
          for (auto d = begin; d < end; ++d) joined[d] += shares[k] * values[k][d];
        }
      }
      return weights.linear(name + ".proj", joined);
    };
    for (const auto& cell : cells) {
      out.patches.at(cell.row, cell.column) = attend(qkv_of(cell), &cell);
    }
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      const auto here = attend(prompt_qkv[p], nullptr);
      for (std::size_t d = 0; d < channels; ++d) {
        out.prompts[p][d] += here[d] / static_cast<double>(rows * columns);
      }
    }
  }
  return out;
}

/// Channel attention of prompts for one sample. Head (a, b) of side x side heads takes the entries
/// (r, c) of the square picture of `width` entries with r / block = a, c / block = b.
struct ChannelAttended {
  std::vector<Rows> logits;  // [head][prompt][channel]
  Rows prompts;              // change of the prompts; empty when the block makes none
};

inline ChannelAttended channel_attention(const Weights& weights, const std::string& name,
                                         const Rows& prompts, const Rows& cells,
                                         std::int64_t heads) {
  const auto channels = prompts.front().size();
  const auto& kv_weight = weights.at(name + ".chan_kv.weight");
  const auto width = static_cast<std::size_t>(kv_weight.size(0)) / 2;
  const auto head_of = [&](std::size_t entry) {
    if (heads == 1) return std::size_t{0};
    const auto picture = static_cast<std::size_t>(std::lround(std::sqrt(width)));
    const auto side = static_cast<std::size_t>(std::lround(std::sqrt(heads)));
    const auto block = picture / side;
    return (entry / picture) / block * side + (entry % picture) / block;
  };
  Rows keys, values;
  for (std::size_t c = 0; c < channels; ++c) {
    Vector column;
    for (const auto& cell : cells) column.push_back(cell[c]);
    const auto kv = weights.linear(name + ".chan_kv", column);
    keys.emplace_back(kv.begin(), kv.begin() + static_cast<std::ptrdiff_t>(width));
    values.emplace_back(kv.begin() + static_cast<std::ptrdiff_t>(width), kv.end());
  }
  ChannelAttended out;
  out.logits.assign(static_cast<std::size_t>(heads), Rows(prompts.size(), Vector(channels, 0.0)));
  const double scale = 1 / std::sqrt(static_cast<double>(width) / static_cast<double>(heads));
  for (std::size_t t = 0; t < prompts.size(); ++t) {
    const auto q =
        weights.linear(name + ".chan_q", weights.linear(name + ".token_trans", prompts[t]));
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t e = 0; e < width; ++e) out.logits[head_of(e)][t][c] += q[e] * keys[c][e];
    }
    if (!weights.has(name + ".chan_proj.weight")) continue;
    Vector attended(width, 0.0);
    for (std::size_t h = 0; h < static_cast<std::size_t>(heads); ++h) {
      Vector scaled(out.logits[h][t]);
      for (double& value : scaled) value *= scale;
      const auto shares = softmax(scaled);
      for (std::size_t e = 0; e < width; ++e) {
        if (head_of(e) != h) continue;
        for (std::size_t c = 0; c < channels; ++c) attended[e] += shares[c] * values[c][e];
      }
    }
    out.prompts.push_back(
        weights.linear(name + ".token_trans1", weights.linear(name + ".chan_proj", attended)));
  }
  return out;
}

/// Means over the cells of a fixed grid; cell i of n covers floor(i L / n) to ceil((i + 1) L / n)
/// - 1.
inline Rows pooled(const Field& field, std::int64_t rows, std::int64_t columns) {
  Rows means;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      Vector sum(field.cells.front().size(), 0.0);
      double count = 0;
      for (auto r = i * field.height / rows; r * rows < (i + 1) * field.height; ++r) {
        for (auto c = j * field.width / columns; c * columns < (j + 1) * field.width; ++c) {
          sum = added(sum, field.at(r, c));
          ++count;
        }
      }
      for (double& value : sum) value /= count;
      means.push_back(sum);
    }
  }
  return means;
}

}  // namespace naive
