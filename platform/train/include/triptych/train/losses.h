#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <triptych/compose/model.h>

namespace triptych::train {

/// Losses of one effective batch, normalised once over all of it.
struct TaskLosses {
  at::Tensor losses;               ///< [T], carries the gradient; a constant 0 for an absent task
  std::vector<std::string> tasks;  ///< T names
  std::vector<bool> present;       ///< T: has any sample of the batch a label?

  /// Values of the single terms, without gradient, on the device; absent tasks have none.
  struct Term {
    std::string task;
    std::string name;
    at::Tensor value;   ///< scalar: scale * sum / weight
    at::Tensor weight;  ///< scalar: of the whole effective batch
  };
  std::vector<Term> terms;
};

/// loss_t = sum over terms of scale * (sum of `sum` over parts) / (sum of `weight` over parts).
///
/// `parts`: the terms of each piece of the effective batch (one, or several under accumulation), as
/// compose::loss_terms gives them, all with the same tasks in the same order. A term without any
/// weight (all its pixels ignored) is 0, with a gradient of zero, not 0/0. An absent task is in no
/// graph, so that the gradients of its own parameters stay undefined. Never waits for the device.
[[nodiscard]] TaskLosses normalise(std::span<const std::vector<compose::TaskTerms>> parts);

/// What one part of an effective batch adds to sum_t factor_t * loss_t:
///   sum over its terms of factor_t * scale * sum / (weight of the whole).
///
/// Carries the part's gradient; the shares of all parts add up to the whole, in value and gradient.
/// `whole` is what `normalise` made of all parts, `factors` [T]. Undefined without any term.
[[nodiscard]] at::Tensor share_of(const std::vector<compose::TaskTerms>& part,
                                  const TaskLosses& whole, const at::Tensor& factors);

/// The losses of each step since the last log point. They stay on the device until `read`.
class LossLog {
 public:
  /// Adds update `step` (from 1). `total` and `gradient_norm` are scalars; the norm may be
  /// undefined. One small kernel; never waits for the device.
  void add(std::int64_t step, const TaskLosses& losses, const at::Tensor& total,
           const at::Tensor& gradient_norm);

  struct Mean {
    std::string task;  ///< "all" for the total and the norm of the gradient
    std::string name;  ///< "loss", "grad_norm", or "loss/<term>"
    double value = 0;
    std::int64_t first_bad = 0;  ///< first step whose value is not finite; 0 = none
  };
  /// Means over the steps in which they were there, in the order of first appearance: one wait for
  /// the device. The log stays as it is.
  [[nodiscard]] std::vector<Mean> read() const;
  void clear();

  /// For checkpoints, under `log/`. `load` leaves entries of other prefixes aside.
  [[nodiscard]] std::map<std::string, at::Tensor> state() const;
  void load(const std::map<std::string, at::Tensor>& state);

 private:
  [[nodiscard]] std::int64_t key(const std::string& task, const std::string& name);
  [[nodiscard]] at::Tensor values() const;

  std::vector<std::pair<std::string, std::string>> keys_;  ///< task, name
  std::vector<at::Tensor> pieces_;                         ///< float32, one per step
  std::vector<std::int64_t> key_of_;                       ///< one per value
  std::vector<std::int64_t> step_of_;                      ///< one per value
};

}  // namespace triptych::train
