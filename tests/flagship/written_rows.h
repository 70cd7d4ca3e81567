#pragma once

#include <algorithm>
#include <cmath>

#include "prompt_fusion.h"

/// The arithmetic of prompt fusion's formulas written down as loops over numbers.

namespace triptych::testing {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

/// A matrix [M, N] of double as rows.
inline Rows rows_of(const torch::Tensor& matrix) {
  Rows rows;
  for (std::int64_t i = 0; i < matrix.size(0); ++i) {
    rows.emplace_back();
    for (std::int64_t j = 0; j < matrix.size(1); ++j) {
      rows.back().push_back(matrix[i][j].item<double>());
    }
  }
  return rows;
}

inline Row times(const Rows& weight, const Row& x) {
  Row y(weight.size(), 0.0);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += weight[i][j] * x[j];
  }
  return y;
}

/// LayerNorm with its initial scale 1 and shift 0.
inline Row normed(const Row& x) {
  double mean = 0, square = 0;
  for (const double value : x) mean += value / static_cast<double>(x.size());
  for (const double value : x)
    square += (value - mean) * (value - mean) / static_cast<double>(x.size());
  Row y;
  for (const double value : x) y.push_back((value - mean) / std::sqrt(square + 1e-5));
  return y;
}

inline double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

inline Row scaled_sum(const Row& weights, const Rows& rows, double divisor = 1) {
  Row sum(rows.front().size(), 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weights[i] * rows[i][j] / divisor;
  }
  return sum;
}

inline Row softmax(Row logits) {
  double total = 0;
  for (auto& value : logits) total += value = std::exp(value);
  for (auto& value : logits) value /= total;
  return logits;
}

inline Row maximum(const Rows& rows) {
  Row most = rows.front();
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j) most[j] = std::max(most[j], row[j]);
  }
  return most;
}

inline Row plus(Row a, const Row& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// The weights of a module in double, by name.
struct Weights {
  explicit Weights(torch::nn::Module& module) {
    for (auto& item : module.named_parameters()) {
      item.value().set_data(item.value().to(torch::kDouble));
      all[item.key()] = item.value().detach();
    }
  }
  Rows operator[](const std::string& name) const { return rows_of(all.at(name)); }
  std::map<std::string, torch::Tensor> all;
};

/// sum_i sigmoid(g_i . own + b_i) W_i d_i
inline Row gated(const Weights& weights, const std::string& fuse,
                 const std::vector<std::pair<std::string, Row>>& descriptors, const Row& own) {
  Row sum(own.size(), 0.0);
  for (const auto& [name, value] : descriptors) {
    const auto logit = dot(weights[fuse + ".gates." + name + ".weight"][0], own) +
                       weights.all.at(fuse + ".gates." + name + ".bias").item<double>();
    const auto mapped = times(weights[fuse + ".maps." + name + ".weight"], value);
    sum = plus(sum, scaled_sum({sigmoid(logit)}, {mapped}));
  }
  return sum;
}

/// The prompts' attention to each other, one row per prompt.
inline Rows attended(const Weights& weights, const std::string& prompts, const Rows& y) {
  const auto width = y.front().size();
  Rows q, k, v;
  for (const auto& row : y) {
    const auto qkv = times(weights[prompts + ".qkv.weight"], row);
    q.emplace_back(qkv.begin(), qkv.begin() + width);
    k.emplace_back(qkv.begin() + width, qkv.begin() + 2 * width);
    v.emplace_back(qkv.begin() + 2 * width, qkv.end());
  }
  Rows result;
  for (const auto& query : q) {
    Row logits;
    for (const auto& key : k) logits.push_back(dot(query, key) / std::sqrt(width));
    result.push_back(times(weights[prompts + ".proj.weight"], scaled_sum(softmax(logits), v)));
  }
  return result;
}

}  // namespace triptych::testing
