#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

/// What of the tasks' gradients a balancer needs. More costs more: kLosses needs one backward
/// pass, the others one per task.
enum class BalancerNeeds {
  kLosses,                  ///< losses only
  kGram,                    ///< [T, T] inner products of the tasks' gradients, shared parameters
  kJacobian,                ///< [T, D] the gradients themselves
  kRepresentationGradient,  ///< [T, ...] gradients at the shared representation
};

/// What a balancer sees in one step.
struct BalancerIn {
  at::Tensor losses;          ///< [T], normalised, on the device, carries the gradient
  std::vector<bool> present;  ///< T entries: has the batch labels for the task?
  std::int64_t step = 0;
  std::int64_t steps = 0;  ///< of the whole run
  at::Tensor gram;         ///< [T, T] where asked for
  at::Tensor jacobian;     ///< [T, D] where asked for (D shared parameters, or representation)
};

/// What a balancer decides: either weights or a direction.
struct BalancerOut {
  at::Tensor total;      ///< scalar to call backward on (weights, with their own parameters' terms)
  at::Tensor weights;    ///< [T] no gradient; for the log, and for weighting per-task gradients
  at::Tensor direction;  ///< [D] gradient of the shared parameters; undefined: use `total`
};

/// Kind `balancer`: weighs the tasks. Learned weights are registered parameters; other state are
/// registered buffers: both are in checkpoints.
///
/// A plugin's class has `static Spec spec()` and a constructor from (const Params&, const Dims&,
/// const std::vector<double>& task_weights) (Dims: tasks; weights of the manifest in task order, 1
/// where none is given).
class TRIPTYCH_API Balancer : public Slot {
 public:
  ~Balancer() override;
  [[nodiscard]] virtual BalancerNeeds needs() const;  ///< default kLosses
  virtual BalancerOut weigh(const BalancerIn& in) = 0;
  /// After the optimiser's step; `losses` recomputes the losses [T] of the same batch without
  /// gradient and with frozen normalisation statistics (FAMO). Default: nothing.
  virtual void observe_after_step(const std::function<at::Tensor()>& losses);
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct BalancerFactory {
  Spec (*spec)();
  std::shared_ptr<Balancer> (*build)(const Params&, const Dims&, const std::vector<double>&);
};

}  // namespace triptych
