#include "toy_specs.h"

#include "triptych/error.h"

namespace triptych::manifest {

ToySpecs::ToySpecs() {
  add("embedding", Spec("patch", "Patches.").param("stride", 4, "pixels per cell", at_least(1)));
  add("embedding", Spec("triple", "Three branches.").param("width", 32, "channels", at_least(1)));
  add("encoder",
      Spec("swin", "Windows.")
          .param("depths", std::vector<std::int64_t>{2, 2, 6, 2}, "blocks per stage", at_least(1))
          .param("drop_prob", 0.1, "share of paths dropped", between(0, 1))
          .param("has_bias", true, "bias in the projections"));
  add("encoder", Spec("conv_pyramid", "Convolutions.").param("width", 16, "channels", at_least(1)));
  add("prompt", Spec("spatial_channel", "Prompts.").param("count", 1, "prompts per task"));
  add("prompt", Spec("task_tokens", "Prompts."));
  add("fusion", Spec("gated", "Gates.").param("gate_logit", -4.0, "gate at step 0"));
  add("fusion", Spec("prompt_decode", "Decodes prompts."));
  add("head", Spec("conv", "Convolutions.").param("width", 64, "channels", at_least(1)));
  add("head", Spec("deconv", "Transposed convolutions."));
  add("head", Spec("foreign", "A file as a head.")
                  .required("path", ParamType::kText, "file of the module")
                  .optional("scale", ParamType::kNumber, "factor; null: none")
                  .param("act", "relu", "nonlinearity", one_of({"relu", "gelu"})));
  add("task", Spec("semseg", "Labels.")
                  .required("classes", ParamType::kInteger, "number of classes", at_least(2))
                  .param("smoothing", 0.0, "label smoothing", between(0, 1)));
  add("task", Spec("depth", "Metres."));
  add("dataset", Spec("squares", "Squares.")
                     .param("side", 4, "pixels", at_least(1))
                     .param("noise", 0.0, "standard deviation", at_least(0)));
  add("balancer", Spec("fixed", "Fixed factors."));
  add("balancer", Spec("uncertainty", "Learned factors.").param("start", 0.0, "log variance"));
}

void ToySpecs::add(const std::string& kind, Spec spec, const std::string& source_hash) {
  const auto name = spec.name();
  const auto hash = source_hash.empty() ? "source of " + name : source_hash;
  plugins_[kind].insert_or_assign(
      name, PluginSpec{std::move(spec), hash, "binary of " + name, name + ".so"});
}

void ToySpecs::remove(const std::string& kind, const std::string& name) {
  plugins_[kind].erase(name);
}

const PluginSpec* ToySpecs::find(const std::string& kind, const std::string& name) const {
  if (kind == "fusion" && name == "stale") {
    throw Error("plugin.003", "stale.so", "built for another torch", "Rebuild it.");
  }
  const auto found = plugins_.find(kind);
  if (found == plugins_.end()) return nullptr;
  const auto plugin = found->second.find(name);
  return plugin == found->second.end() ? nullptr : &plugin->second;
}

std::vector<std::string> ToySpecs::names(const std::string& kind) const {
  std::vector<std::string> names;
  const auto found = plugins_.find(kind);
  if (found == plugins_.end()) return names;
  for (const auto& [name, plugin] : found->second) names.push_back(name);
  return names;
}

}  // namespace triptych::manifest
