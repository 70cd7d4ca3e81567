#include "options.h"

#include <torch/types.h>
#include <triptych/error.h>

#include <array>

namespace triptych::prompt_fusion {

namespace {

constexpr std::array kDescriptors{"image_salient",  "image_trend",  "image_raw",
                                  "prompt_salient", "prompt_trend", "prompt_raw"};

}  // namespace

void add_params(Spec& spec) {
  const std::vector<std::string> names(kDescriptors.begin(), kDescriptors.end());
  spec.param("image_raw", "identity", "the image's raw information, as it is or through a matrix",
             one_of({"none", "identity", "linear"}))
      .param("prompt_salient", "max", "channel-wise maximum over the prompts",
             one_of({"none", "max"}))
      .param("prompt_trend", "average", "mean over the prompts", one_of({"none", "average"}))
      .param("prompt_raw", "identity", "the prompt itself, as it is or through a matrix",
             one_of({"none", "identity", "linear"}))
      .param("fuse", "gate",
             "gates times linear maps, a softmax over the descriptors, or linear maps alone",
             one_of({"gate", "attention", "concat_linear"}))
      .param("prompt_attention", true, "attention between the prompts; not built for one prompt")
      .param("width", 32, "E, channels in which everything is compared", at_least(1))
      .param("top_k", 8, "how many of the largest the reading topk takes", at_least(1))
      .param("gate_start", 0.0, "gates at step 0, unitless; 0 starts as the identity")
      .param("control", "none",
             "same parameters without the idea: plain vectors for all descriptors, prompts rolled "
             "by one task, noise or zeros for one descriptor",
             one_of({"none", "plain", "shuffled", "noise", "zeros"}))
      .param("control_descriptor", "image_salient", "the one that noise or zeros replace",
             one_of(names));
}

Options::Options(const Params& params)
    : fuse(params.text("fuse")),
      prompts_attend(params.flag("prompt_attention")),
      is_on_image(params.text("on") != "prompt"),
      is_on_prompt(params.text("on") != "image"),
      width(params.integer("width")),
      top_k(params.integer("top_k")),
      gate_start(params.number("gate_start")),
      control(params.text("control")),
      control_descriptor(params.text("control_descriptor")) {
  for (const auto* name : kDescriptors) readings[name] = params.text(name);
  if (!replaces() || reading(control_descriptor) != "none") return;
  throw Error("module.170", params.owner(),
              "the control '" + control + "' replaces " + control_descriptor + ", which is off",
              "Name a descriptor that is on in control_descriptor, or switch that one on.");
}

const std::string& Options::reading(const std::string& descriptor) const {
  return readings.at(descriptor);
}

void Options::check_control_acts(const Params& params, bool sees_image) const {
  if (sees_image || !replaces() || !control_descriptor.starts_with("image")) return;
  throw Error("module.170", params.owner(),
              "the control '" + control + "' replaces " + control_descriptor +
                  ", which nothing reads with on = \"prompt\"",
              "Name a descriptor of the prompts in control_descriptor, or let it act on both.");
}

std::vector<std::string> Options::active(const std::string& side) const {
  std::vector<std::string> names;
  for (const std::string name : kDescriptors) {
    if (name.starts_with(side) && reading(name) != "none") names.push_back(name);
  }
  return names;
}

at::Tensor Options::controlled(const std::string& descriptor, const at::Tensor& value,
                               Context& context) const {
  if (descriptor != control_descriptor || !replaces()) return value;
  if (control == "zeros") return 0 * value;
  const auto options = value.options().requires_grad(false);
  return 0 * value + torch::randn(value.sizes(), context.rng, options);
}

}  // namespace triptych::prompt_fusion
