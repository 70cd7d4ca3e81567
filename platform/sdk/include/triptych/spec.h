#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "triptych/params.h"

namespace triptych {

/// What values a parameter may take, beyond its type. For lists it holds for every element.
struct Range {
  double least = -std::numeric_limits<double>::infinity();    ///< inclusive
  double greatest = std::numeric_limits<double>::infinity();  ///< inclusive
  std::vector<std::string> choices;                           ///< texts only; empty = any

  /// "at least 1", "0 to 1", "one of: a, b", or "" when anything goes.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Range at_least(double least);
[[nodiscard]] Range between(double least, double greatest);
[[nodiscard]] Range one_of(std::vector<std::string> choices);

/// One described parameter.
struct ParamSpec {
  std::string name;
  ParamType type;
  ParamValue value;  ///< default; std::monostate when it must be given or when "none" is a value
  bool is_required = false;
  std::string meaning;  ///< with unit; one line
  Range range;
};

/// A port in words, for `describe`: name and axes ("B T C H W"). The ports that are checked are
/// computed by `ports(params, dims)` of the slot.
struct PortSpec {
  std::string name;
  std::string axes;
};

/// What a plugin says of itself before it is built.
class Spec {
 public:
  Spec(std::string name, std::string summary);

  /// Declares a parameter; the C++ type of `value` fixes its type (int and int64_t: integer).
  Spec& param(std::string name, ParamValue value, std::string meaning, Range range = {});
  Spec& param(std::string name, bool value, std::string meaning, Range range = {});
  Spec& param(std::string name, int value, std::string meaning, Range range = {});
  Spec& param(std::string name, std::int64_t value, std::string meaning, Range range = {});
  Spec& param(std::string name, double value, std::string meaning, Range range = {});
  Spec& param(std::string name, const char* value, std::string meaning, Range range = {});
  /// Declares a parameter without a default: the manifest must give it.
  Spec& required(std::string name, ParamType type, std::string meaning, Range range = {});
  /// Declares a parameter that may be absent (null): `params.has(name)` tells.
  Spec& optional(std::string name, ParamType type, std::string meaning, Range range = {});
  Spec& input(std::string name, std::string axes);
  Spec& output(std::string name, std::string axes);
  /// Where the formula comes from: authors, year, equation or section.
  Spec& source(std::string citation);
  /// States that parameters depend on the image size: the weights fit one size only. Where that
  /// depends on the params, the ports say it instead (is_fixed_size).
  Spec& fixed_size();
  /// Fusion: after this part every task has features of its own (a shared pyramid becomes T).
  Spec& makes_task_features();
  /// Head: it takes a pyramid as it is (detection), not one fine map.
  Spec& wants_levels();
  /// States that same seed does not mean same bits on CUDA, and which kernel forbids it.
  Spec& not_deterministic(std::string reason);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& summary() const { return summary_; }
  [[nodiscard]] const std::string& citation() const { return citation_; }
  [[nodiscard]] const std::vector<ParamSpec>& params() const { return params_; }
  [[nodiscard]] const ParamSpec* find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> param_names() const;
  [[nodiscard]] const std::vector<PortSpec>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<PortSpec>& outputs() const { return outputs_; }
  [[nodiscard]] bool is_fixed_size() const { return is_fixed_size_; }
  [[nodiscard]] bool does_make_task_features() const { return makes_task_features_; }
  [[nodiscard]] bool does_want_levels() const { return wants_levels_; }
  [[nodiscard]] const std::string& nondeterminism() const { return nondeterminism_; }

 private:
  std::string name_;
  std::string summary_;
  std::string citation_;
  std::vector<ParamSpec> params_;
  std::vector<PortSpec> inputs_;
  std::vector<PortSpec> outputs_;
  bool is_fixed_size_ = false;
  bool makes_task_features_ = false;
  bool wants_levels_ = false;
  std::string nondeterminism_;
};

/// All defaults of `spec`, for tests and dry runs. Required parameters stay null.
[[nodiscard]] Params default_params(const std::string& owner, const Spec& spec);

}  // namespace triptych
