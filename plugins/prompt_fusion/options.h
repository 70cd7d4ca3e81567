#pragma once

#include <triptych/params.h>
#include <triptych/spec.h>
#include <triptych/values.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace triptych::prompt_fusion {

/// What both `prompt_fusion` plugins are told. Descriptors have the names
///   image_salient, image_trend, image_raw, prompt_salient, prompt_trend, prompt_raw
/// and each a reading ("max", "average", ...), or "none" for off.
struct Options {
  std::map<std::string, std::string> readings;  ///< of the six descriptors
  std::string fuse;                             ///< "gate", "attention" or "concat_linear"
  bool prompts_attend = true;                   ///< attention between the prompts
  bool is_on_image = true;
  bool is_on_prompt = true;
  std::int64_t width = 0;  ///< E
  std::int64_t top_k = 0;
  double gate_start = 0;
  std::string control;             ///< "none", "plain", "shuffled", "noise" or "zeros"
  std::string control_descriptor;  ///< which one noise or zeros replace

  /// Reads the parameters that `add_params` declares. Throws Error module.170 where a control
  /// replaces a descriptor that is off.
  explicit Options(const Params& params);

  [[nodiscard]] const std::string& reading(const std::string& descriptor) const;
  [[nodiscard]] bool is_plain() const { return control == "plain"; }
  /// The control puts noise or zeros in place of `control_descriptor`.
  [[nodiscard]] bool replaces() const { return control == "noise" || control == "zeros"; }
  /// Throws Error module.170 where a control replaces a descriptor of the image and `sees_image` is
  /// false: it would change nothing.
  void check_control_acts(const Params& params, bool sees_image) const;
  /// Names of the descriptors of "image" or "prompt" that are on, in a fixed order.
  [[nodiscard]] std::vector<std::string> active(const std::string& side) const;
  /// The descriptor, or what the controls noise and zeros put in its place. The graph keeps the
  /// parameters behind the replaced one: their gradient is zero, their number as without control.
  [[nodiscard]] at::Tensor controlled(const std::string& descriptor, const at::Tensor& value,
                                      Context& context) const;
};

/// Declares what the two plugins have in common: everything but the readings of the image's salient
/// and trend descriptors.
void add_params(Spec& spec);

}  // namespace triptych::prompt_fusion
