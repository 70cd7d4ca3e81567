#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace triptych::train {

/// Parameters and buffers under their full names (`<part>.<name>`): the module's own tensors, not
/// copies.
[[nodiscard]] std::map<std::string, at::Tensor> state_of(const torch::nn::Module& module);

/// What did not fit when a state was loaded.
struct LoadReport {
  std::vector<std::string> missing;     ///< the model has them, the file has not
  std::vector<std::string> unexpected;  ///< the file has them, the model has not
  std::vector<std::string> misshaped;   ///< "name [2, 3] instead of [2, 4]"
  std::size_t loaded = 0;

  [[nodiscard]] bool is_complete() const {
    return missing.empty() && unexpected.empty() && misshaped.empty();
  }
  /// One sentence with at most ten names of each kind.
  [[nodiscard]] std::string text() const;
};

/// Copies tensors into the module by name, converted to its types. Unless `is_partial`, anything
/// that does not fit is Error train.020 and nothing is changed; `origin` names the file in it. A
/// partial load in which nothing fits is an error too.
LoadReport load_state(torch::nn::Module& module, const std::map<std::string, at::Tensor>& tensors,
                      const std::string& origin, bool is_partial = false);

/// Tensors under other names: of the beginnings in `rename` the longest that is the name, or its
/// first parts, is replaced; "" is the beginning of every name. Error train.022 when two tensors
/// get one name or a beginning matches none; `origin` names the file in it.
[[nodiscard]] std::map<std::string, at::Tensor> renamed(
    std::map<std::string, at::Tensor> tensors, const std::map<std::string, std::string>& rename,
    const std::string& origin);

/// The model's weights in a file: of weights files all tensors, of checkpoints those of the model.
/// Throws as read_safetensors.
[[nodiscard]] std::map<std::string, at::Tensor> read_weights(const std::filesystem::path& file);

}  // namespace triptych::train
