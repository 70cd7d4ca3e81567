#pragma once

#include "../contract/fixture.h"
#include "directional.h"

/// Gradients of whole models against finite differences, in double.

namespace triptych::testing {

inline void to_double(torch::nn::Module& model) {
  const auto cast = [](torch::Tensor tensor) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kDouble));
  };
  for (const auto& parameter : model.parameters()) cast(parameter);
  for (const auto& buffer : model.buffers()) cast(buffer);
}

/// One number in which every element of every output counts.
inline torch::Tensor scalar_of(compose::Model& model, const Images& images) {
  auto generator = at::detail::createCPUGenerator(11);
  auto sum = torch::zeros({}, torch::kDouble);
  model.eval();
  auto side = context();
  for (const auto& prediction : model.forward(images, side).predictions) {
    const auto& map = prediction.map;
    sum = sum + (map * torch::randn(map.sizes(), generator, torch::kDouble)).sum();
  }
  return sum;
}

/// Of the image and of all parameters of prompts and fusions.
inline void expect_model_gradient(const compose::Request& request, const std::string& what) {
  const auto model = composed(request);
  to_double(*model);
  auto images = random_images(request, 1);
  images.rgb = images.rgb.to(torch::kDouble).requires_grad_();
  std::vector<torch::Tensor> moved{images.rgb};
  for (const auto& item : model->named_parameters()) {
    const auto& name = item.key();
    if (name.starts_with("prompt") || name.starts_with("fusion")) moved.push_back(item.value());
  }
  expect_directional_derivative(
      moved, [&] { return scalar_of(*model, images); }, what);
}

}  // namespace triptych::testing
