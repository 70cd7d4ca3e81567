#pragma once

#include <cstdint>

namespace triptych::branches {

/// What a part of an embedding costs; so that a control can be matched without building it.
struct Cost {
  std::int64_t parameters = 0;
  /// Multiply-adds of convolutions and linear layers, fixed filters included, per cell of the grid
  /// that the embedding gives. Norms, activations, sums and resizes do not count.
  std::int64_t macs = 0;

  Cost& operator+=(const Cost& other) {
    parameters += other.parameters;
    macs += other.macs;
    return *this;
  }
};

}  // namespace triptych::branches
