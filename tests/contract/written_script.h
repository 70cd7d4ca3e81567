#pragma once

#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace triptych::testing {

/// Writes a TorchScript file, y = x + scale * x with one scale for all channels, and returns its
/// path.
inline std::string script_file() {
  const auto file = std::filesystem::path(::testing::TempDir()) /
                    ("triptych-scale-" + std::to_string(getpid()) + ".ts");
  torch::jit::Module scale("scale");
  scale.register_parameter("scale", torch::full({1}, 0.5), /*is_buffer=*/false);
  scale.define("def forward(self, x: Tensor) -> Tensor:\n  return x + self.scale * x\n");
  scale.save(file.string());
  return file.string();
}

}  // namespace triptych::testing
