#include "triptych/train/step.h"

#include <triptych/error.h>

#include "border.h"
#include "triptych/train/clip.h"
#include "triptych/train/precision.h"
#include "triptych/train/schedule.h"

namespace triptych::train {
namespace {

/// Forward pass and normalised losses, in the recipe's precision.
TaskLosses losses_of(const StepParts& parts, const Batch& batch, Context& context) {
  const AutocastScope precision(parts.device, parts.recipe.precision == "bfloat16");
  const compose::Outputs outputs = parts.model.forward(batch.images, context);
  const std::vector<compose::TaskTerms> terms =
      compose::loss_terms(parts.model, outputs, context.auxiliaries, batch.targets);
  return normalise({&terms, 1});
}

/// The batch's losses once more, without gradient. Neither the generator of the run nor the
/// statistics of normalisation layers move.
at::Tensor losses_again(const StepParts& parts, const Batch& batch) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> buffers = parts.model.buffers();
  std::vector<at::Tensor> before;
  for (const at::Tensor& buffer : buffers) before.push_back(buffer.clone());
  Context context(parts.rng.clone(), /*is_training=*/true);
  at::Tensor losses = losses_of(parts, batch, context).losses;
  for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].copy_(before[i]);
  return losses;
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

void update(const StepParts& parts, const Batch& batch, std::int64_t step, LossLog& log) {
  const manifest::Recipe& recipe = parts.recipe;
  if (parts.balancer.needs() != BalancerNeeds::kLosses) {
    throw Error("train.012", "/recipe/balancer",
                "balancer '" + recipe.balancer.module.use +
                    "' needs the gradient of each task, which this version does not compute",
                "Use a balancer that weighs losses, such as fixed.");
  }
  Context context(parts.rng, /*is_training=*/true);
  const TaskLosses losses = losses_of(parts, batch, context);
  const std::string balancer = "balancer '" + recipe.balancer.module.use + "'";
  const BalancerOut out = named(balancer, [&] {
    return parts.balancer.weigh({.losses = losses.losses,
                                 .present = losses.present,
                                 .step = step,
                                 .steps = recipe.steps,
                                 .gram = {},
                                 .jacobian = {}});
  });
  parts.optimizer.zero_gradients();
  if (out.total.requires_grad()) named("backward pass", [&] { out.total.backward(); });
  at::Tensor norm;
  if (recipe.clip_norm) norm = clip_by_global_norm(parts.optimizer.gradients(), *recipe.clip_norm);
  parts.optimizer.step(learning_rate(recipe.schedule, recipe.optimizer.lr, step, recipe.steps));
  named(balancer,
        [&] { parts.balancer.observe_after_step([&] { return losses_again(parts, batch); }); });
  log.add(step + 1, losses, out.total, norm);
}

}  // namespace triptych::train
