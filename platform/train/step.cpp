#include "triptych/train/step.h"

#include <triptych/error.h>

#include "border.h"
#include "triptych/train/clip.h"
#include "triptych/train/precision.h"
#include "triptych/train/schedule.h"

namespace triptych::train {
namespace {

using Terms = std::vector<compose::TaskTerms>;

/// Forward pass and loss terms of one micro step, in the recipe's precision.
Terms terms_of(const StepParts& parts, const Batch& batch, Context& context) {
  const AutocastScope precision(parts.device, parts.recipe.precision == "bfloat16");
  const compose::Outputs outputs = parts.model.forward(batch.images, context);
  return compose::loss_terms(parts.model, outputs, context.auxiliaries, batch.targets);
}

/// The losses of the effective batch without gradient. Neither the generator of the run nor the
/// statistics of normalisation layers move.
TaskLosses losses_aside(const StepParts& parts, std::span<const Batch> batches) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> buffers = parts.model.buffers();
  std::vector<at::Tensor> before;
  for (const at::Tensor& buffer : buffers) before.push_back(buffer.clone());
  at::Generator rng = parts.rng.clone();
  std::vector<Terms> terms;
  for (const Batch& batch : batches) {
    Context context(rng, /*is_training=*/true);
    terms.push_back(terms_of(parts, batch, context));
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].copy_(before[i]);
  return normalise(terms);
}

/// What the balancer makes of the losses.
BalancerOut weighed(const StepParts& parts, const TaskLosses& losses, std::int64_t step) {
  return parts.balancer.weigh({.losses = losses.losses,
                               .present = losses.present,
                               .step = step,
                               .steps = parts.recipe.steps,
                               .gram = {},
                               .jacobian = {}});
}

void run_backward(const at::Tensor& total) {
  if (total.defined() && total.requires_grad()) {
    named("backward pass", [&] { total.backward(); });
  }
}

/// Losses and total of a step whose gradients are in the parameters.
struct Gradients {
  TaskLosses losses;
  at::Tensor total;
};

Gradients gradients_of(const StepParts& parts, const Batch& batch, std::int64_t step,
                       const std::string& balancer) {
  Context context(parts.rng, /*is_training=*/true);
  const std::vector<Terms> terms{terms_of(parts, batch, context)};
  Gradients made{.losses = normalise(terms), .total = {}};
  made.total = named(balancer, [&] { return weighed(parts, made.losses, step); }).total;
  parts.optimizer.zero_gradients();
  run_backward(made.total);
  return made;
}

/// The chain rule in two pieces: first through the balancer to the losses, then from each micro
/// step's share of the losses to the parameters.
Gradients accumulated(const StepParts& parts, std::span<const Batch> batches, std::int64_t step,
                      const std::string& balancer) {
  Gradients made{.losses = losses_aside(parts, batches), .total = {}};
  made.losses.losses = made.losses.losses.detach().requires_grad_();
  made.total = named(balancer, [&] { return weighed(parts, made.losses, step); }).total;
  parts.optimizer.zero_gradients();
  run_backward(made.total);
  const at::Tensor factors = made.losses.losses.grad();  // [T]
  for (const Batch& batch : batches) {
    Context context(parts.rng, /*is_training=*/true);
    const Terms terms = terms_of(parts, batch, context);
    if (factors.defined()) run_backward(share_of(terms, made.losses, factors));
  }
  return made;
}

}  // namespace

std::vector<NamedTensor> trainable(const compose::Model& model, const Balancer& balancer) {
  std::vector<NamedTensor> named;
  for (const auto& item : model.named_parameters()) named.push_back({item.key(), item.value()});
  for (const auto& item : balancer.named_parameters()) {
    named.push_back({"balancer." + item.key(), item.value()});
  }
  return named;
}

void update(const StepParts& parts, std::span<const Batch> batches, std::int64_t step,
            LossLog& log) {
  const manifest::Recipe& recipe = parts.recipe;
  const std::string balancer = "balancer '" + recipe.balancer.module.use + "'";
  const Gradients made = batches.size() == 1 ? gradients_of(parts, batches.front(), step, balancer)
                                             : accumulated(parts, batches, step, balancer);
  at::Tensor norm;
  if (recipe.clip_norm) norm = clip_by_global_norm(parts.optimizer.gradients(), *recipe.clip_norm);
  parts.optimizer.step(learning_rate(recipe.schedule, recipe.optimizer.lr, step, recipe.steps));
  named(balancer, [&] {
    parts.balancer.observe_after_step([&] { return losses_aside(parts, batches).losses; });
  });
  log.add(step + 1, made.losses, made.total, norm);
}

}  // namespace triptych::train
