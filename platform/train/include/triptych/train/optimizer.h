#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <triptych/manifest/manifest.h>

namespace triptych::train {

/// A parameter under its full name, `<part>.<parameter>` ("encoder.block.0.norm.weight").
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// True when `name` matches `pattern`: '*' stands for any characters (none and '.' too), '?' for
/// one; everything else for itself.
[[nodiscard]] bool matches(const std::string& pattern, const std::string& name);

/// What `recipe.groups` says for each parameter.
struct Grouping {
  struct Rule {
    double lr_scale = 1;
    double weight_decay = 0;
    bool is_frozen = false;
    auto operator<=>(const Rule&) const = default;
  };
  std::vector<Rule> rules;            ///< one per parameter
  std::vector<std::string> warnings;  ///< patterns for a slot that this model leaves empty
};

/// The first group that matches a name counts; without one the optimiser's own values do. Learned
/// weights of a balancer (`balancer.*`) do not decay unless a group says so. Throws Error train.010
/// for each pattern that matches nothing, with the nearest names; a pattern for a slot that is
/// empty in this model ("prompt.*" without prompts, as in a plain baseline) is only a warning.
[[nodiscard]] Grouping group_parameters(const std::vector<NamedTensor>& parameters,
                                        const std::vector<manifest::Group>& groups,
                                        double weight_decay);

/// Takes `requires_grad` from the parameters that `groups` freezes (for `count`; the Optimizer does
/// it too). Throws Error train.010 as group_parameters; gives its warnings.
std::vector<std::string> freeze(const std::vector<NamedTensor>& parameters,
                                const std::vector<manifest::Group>& groups);

/// AdamW, Adam (decay added to the gradient) or SGD with momentum, as one fused kernel per list of
/// parameters that share their rule, type and device. Values agree with torch::optim.
///
/// A parameter without a gradient in a step (a task whose labels are absent) is skipped whole: no
/// decay, no change of its moments, no count of its steps, as in torch::optim.
class Optimizer {
 public:
  /// Frozen parameters lose `requires_grad`. Throws Error train.010.
  Optimizer(const std::vector<NamedTensor>& parameters, const manifest::Optimizer& options,
            const std::vector<manifest::Group>& groups = {});

  /// One update with the schedule's rate `lr`, times each group's factor. Never waits for a device.
  void step(double lr);
  /// Gradients become undefined.
  void zero_gradients();
  /// The gradients that are defined, in the order of the parameters; for clipping.
  [[nodiscard]] std::vector<at::Tensor> gradients() const;
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// The state under `optimizer/<parameter>/<m|v|step|momentum>`: tensors of the optimiser itself,
  /// not copies.
  [[nodiscard]] std::map<std::string, at::Tensor> state() const;
  /// Copies a state back. Throws Error train.032 when an entry is missing or of another shape.
  void load(const std::map<std::string, at::Tensor>& state);

 private:
  struct Bucket {
    Grouping::Rule rule;
    std::vector<std::string> names;
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> first;   ///< m, or the momentum
    std::vector<at::Tensor> second;  ///< v; empty for sgd
    std::vector<at::Tensor> steps;   ///< one float32 per parameter; empty for sgd
  };
  /// The lists of one bucket without the parameters that have no gradient.
  struct Lists {
    std::vector<at::Tensor> parameters, gradients, first, second, steps;
  };

  void add(const NamedTensor& parameter, const Grouping::Rule& rule);
  [[nodiscard]] static Lists present(const Bucket& bucket);
  void update(Lists& lists, const Bucket& bucket, double lr) const;

  manifest::Optimizer options_;
  bool is_sgd_ = false;
  std::vector<at::Tensor> all_;  ///< trainable parameters in the given order
  std::vector<Bucket> buckets_;
  std::vector<std::string> warnings_;
};

}  // namespace triptych::train
