#include "triptych/train/optimizer.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <triptych/error.h>

namespace triptych::train {

Optimizer::Optimizer(const std::vector<NamedTensor>& parameters, const manifest::Optimizer& options,
                     const std::vector<manifest::Group>& groups)
    : options_(options), is_sgd_(options.use == "sgd") {
  const bool is_known = is_sgd_ || options.use == "adam" || options.use == "adamw";
  TORCH_INTERNAL_ASSERT(is_known, "the manifest knows the optimisers, and no '", options.use, "'");
  Grouping grouping = group_parameters(parameters, groups, options.weight_decay);
  warnings_ = std::move(grouping.warnings);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    at::Tensor tensor = parameters[i].tensor;
    if (grouping.rules[i].is_frozen) tensor.requires_grad_(false);
    if (tensor.requires_grad()) add(parameters[i], grouping.rules[i]);
  }
}

void Optimizer::add(const NamedTensor& parameter, const Grouping::Rule& rule) {
  const at::Tensor& tensor = parameter.tensor;
  all_.push_back(tensor);
  auto bucket = std::find_if(buckets_.begin(), buckets_.end(), [&](const Bucket& other) {
    const at::Tensor& first = other.parameters.front();
    return other.rule == rule && first.scalar_type() == tensor.scalar_type() &&
           first.device() == tensor.device();
  });
  if (bucket == buckets_.end()) {
    buckets_.emplace_back();
    bucket = std::prev(buckets_.end());
    bucket->rule = rule;
  }
  const at::NoGradGuard no_grad;
  bucket->names.push_back(parameter.name);
  bucket->parameters.push_back(tensor);
  bucket->first.push_back(at::zeros_like(tensor));
  if (is_sgd_) return;
  bucket->second.push_back(at::zeros_like(tensor));
  bucket->steps.push_back(at::zeros({}, tensor.options().dtype(at::kFloat).requires_grad(false)));
}

Optimizer::Lists Optimizer::present(const Bucket& bucket) {
  Lists lists;
  for (std::size_t i = 0; i < bucket.parameters.size(); ++i) {
    const at::Tensor& gradient = bucket.parameters[i].grad();
    if (!gradient.defined()) continue;
    lists.parameters.push_back(bucket.parameters[i]);
    lists.gradients.push_back(gradient);
    lists.first.push_back(bucket.first[i]);
    if (bucket.second.empty()) continue;
    lists.second.push_back(bucket.second[i]);
    lists.steps.push_back(bucket.steps[i]);
  }
  return lists;
}

void Optimizer::update(Lists& lists, const Bucket& bucket, double lr) const {
  const double decay = bucket.rule.weight_decay;
  if (is_sgd_) {
    // From a momentum of zero the first step gives momentum = gradient, as torch::optim's does.
    at::_fused_sgd_(lists.parameters, lists.gradients,
                    options_.momentum == 0 ? std::vector<at::Tensor>() : lists.first, decay,
                    options_.momentum, lr,
                    /*dampening=*/0, /*nesterov=*/false, /*maximize=*/false,
                    /*is_first_step=*/false);
    return;
  }
  at::_foreach_add_(lists.steps, 1);
  const auto [beta1, beta2] = options_.betas;
  if (options_.use == "adamw") {
    at::_fused_adamw_(lists.parameters, lists.gradients, lists.first, lists.second,
                      /*max_exp_avg_sqs=*/{}, lists.steps, lr, beta1, beta2, decay, options_.eps,
                      /*amsgrad=*/false, /*maximize=*/false);
    return;
  }
  at::_fused_adam_(lists.parameters, lists.gradients, lists.first, lists.second,
                   /*max_exp_avg_sqs=*/{}, lists.steps, lr, beta1, beta2, decay, options_.eps,
                   /*amsgrad=*/false, /*maximize=*/false);
}

void Optimizer::step(double lr) {
  const at::NoGradGuard no_grad;
  for (const Bucket& bucket : buckets_) {
    Lists lists = present(bucket);
    if (!lists.parameters.empty()) update(lists, bucket, lr * bucket.rule.lr_scale);
  }
}

void Optimizer::zero_gradients() {
  for (at::Tensor& parameter : all_) parameter.mutable_grad() = at::Tensor();
}

std::vector<at::Tensor> Optimizer::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : all_) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

std::map<std::string, at::Tensor> Optimizer::state() const {
  std::map<std::string, at::Tensor> state;
  for (const Bucket& bucket : buckets_) {
    for (std::size_t i = 0; i < bucket.names.size(); ++i) {
      const std::string prefix = "optimizer/" + bucket.names[i];
      state[prefix + (is_sgd_ ? "/momentum" : "/m")] = bucket.first[i];
      if (is_sgd_) continue;
      state[prefix + "/v"] = bucket.second[i];
      state[prefix + "/step"] = bucket.steps[i];
    }
  }
  return state;
}

void Optimizer::load(const std::map<std::string, at::Tensor>& state) {
  const at::NoGradGuard no_grad;
  for (auto& [name, own] : this->state()) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != own.sizes()) {
      throw Error(
          "train.032", name,
          found == state.end() ? "is not in the checkpoint" : "has another shape in the checkpoint",
          "The checkpoint belongs to another model or optimiser; start the run anew.");
    }
    at::Tensor(own).copy_(found->second);
  }
}

}  // namespace triptych::train
