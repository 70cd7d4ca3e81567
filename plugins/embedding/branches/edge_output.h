#pragma once

#include <torch/nn/modules/linear.h>

#include <optional>
#include <string>

#include "cost.h"
#include "triptych/params.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych::branches {

void add_edge_params(Spec& spec);  // edge_task, edge_weight

/// The side output of an embedding: e = W X_c + b per cell, an auxiliary prediction named
/// `contour` that a task of the model supervises. Its parameters (`edge`) belong to `owner`.
class EdgeOutput {
 public:
  /// Nothing when `edge_task` is not given or the model has no such task (the host then warns).
  /// Throws Error("module.105") when that task has no map that could be predicted per cell.
  [[nodiscard]] static std::optional<TaskDims> task(const Params& params, const Dims& dims);

  EdgeOutput(torch::nn::Module& owner, std::int64_t width, TaskDims task, double weight);

  /// Hands in the prediction for `patches` [B, H, W, C]. Outside training that is work only where
  /// somebody listens.
  void emit(const at::Tensor& patches, Context& context);

  [[nodiscard]] static Cost cost(std::int64_t width, const TaskDims& task);

 private:
  TaskDims task_;
  double weight_;
  torch::nn::Linear edge_;
};

}  // namespace triptych::branches
