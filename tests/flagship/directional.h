#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace triptych::testing {

/// The derivative of `value` along one random direction of all `moved` (leaves of double, each of
/// which the gradient has to reach), against central differences.
inline void expect_directional_derivative(const std::vector<torch::Tensor>& moved,
                                          const std::function<torch::Tensor()>& value,
                                          const std::string& what) {
  constexpr double kStep = 1e-6;
  value().backward();
  auto generator = at::detail::createCPUGenerator(5);
  std::vector<torch::Tensor> direction;
  double expected = 0;
  for (const auto& tensor : moved) {
    const auto along = torch::randn(tensor.sizes(), generator, torch::kDouble);
    direction.push_back(along / std::max(1.0, along.norm().item<double>()));
    ASSERT_TRUE(tensor.grad().defined()) << what << ": a tensor is not reached";
    expected += (tensor.grad() * direction.back()).sum().item<double>();
  }
  const torch::NoGradGuard no_grad;
  const auto at_offset = [&](double offset) {
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i].add_(direction[i], offset);
    return value().item<double>();
  };
  const auto above = at_offset(kStep);
  const auto found = (above - at_offset(-2 * kStep)) / (2 * kStep);
  EXPECT_NEAR(found, expected, 1e-5 * std::max(1.0, std::abs(expected))) << what;
}

}  // namespace triptych::testing
