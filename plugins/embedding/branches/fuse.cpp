#include "fuse.h"

#include <torch/nn/init.h>
#include <torch/types.h>

#include "triptych/layers/linear.h"

namespace triptych::branches {

namespace {

std::int64_t num_gates(const FuseOptions& options, std::int64_t width, std::int64_t num_branches) {
  return (num_branches - 1) * (options.gates == "channel" ? width : 1);
}

}  // namespace

void add_fuse_params(Spec& spec) {
  spec.param("fuse", "gate", "how branches become one grid", one_of({"sum", "concat", "gate"}))
      .param("gates", "cell", "gate: one value per cell, or one per cell and channel",
             one_of({"cell", "channel"}))
      .param("gate_logit", 0.0,
             "gate: at step 0, unitless; 0 is half open, -4 opens by 1.8 % and suits pretrained "
             "patch weights");
}

FuseOptions fuse_options(const Params& params) {
  return {.kind = params.text("fuse"),
          .gates = params.text("gates"),
          .gate_logit = params.number("gate_logit")};
}

Fuse::Fuse(const FuseOptions& options, std::int64_t width, std::int64_t num_branches) {
  const auto all = num_branches * width;
  if (options.kind == "concat") {
    mix_ = register_module("mix", layers::make_linear(all, width));
    norm_ = register_module("norm", layers::make_layer_norm(width));
  }
  if (options.kind == "gate") {
    gates_ =
        register_module("gates", layers::make_linear(all, num_gates(options, width, num_branches)));
    torch::nn::init::constant_(gates_->bias, options.gate_logit);
  }
}

at::Tensor Fuse::forward(const std::vector<at::Tensor>& features) {
  if (mix_) return norm_->forward(mix_->forward(torch::cat(features, -1)));
  if (gates_) return gated(features);
  auto sum = features[0];
  for (std::size_t i = 1; i < features.size(); ++i) sum = sum + features[i];
  return sum;
}

at::Tensor Fuse::gated(const std::vector<at::Tensor>& features) {
  const auto others = static_cast<std::int64_t>(features.size()) - 1;
  const auto gates = gates_->forward(torch::cat(features, -1)).sigmoid().chunk(others, -1);
  auto sum = features[0];
  for (std::size_t i = 1; i < features.size(); ++i) {
    sum = torch::addcmul(sum, gates[i - 1], features[i]);
  }
  return sum;
}

Cost Fuse::cost(const FuseOptions& options, std::int64_t width, std::int64_t num_branches) {
  const auto all = num_branches * width;
  if (options.kind == "concat") {
    return {.parameters = all * width + 3 * width, .macs = all * width};
  }
  if (options.kind == "gate") {
    const auto gates = num_gates(options, width, num_branches);
    return {.parameters = (all + 1) * gates, .macs = all * gates};
  }
  return {};
}

}  // namespace triptych::branches
