#pragma once

#include <ATen/record_function.h>

#include <functional>
#include <mutex>
#include <sstream>

#include "../contract/fixture.h"

namespace triptych::testing {

/// What a model is: names and shapes of its parameters, and the operators of one forward pass in
/// their order with the shapes they get.
struct Signature {
  std::string parameters;
  std::string operators;
  bool operator==(const Signature&) const = default;
};

inline std::string operators_of(const std::function<void()>& call) {
  static std::mutex mutex;
  static std::ostringstream seen;
  seen.str("");
  const auto handle = at::addGlobalCallback(
      at::RecordFunctionCallback(
          [](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
            const std::lock_guard lock(mutex);
            seen << function.name();
            for (const auto& input : function.inputs()) {
              if (input.isTensor() && input.toTensor().defined()) {
                seen << ' ' << input.toTensor().sizes();
              }
            }
            seen << '\n';
            return nullptr;
          })
          .needsInputs(true)
          .scopes({at::RecordScope::FUNCTION}));
  call();
  at::removeCallback(handle);
  return seen.str();
}

inline Signature signature_of(const compose::Contract& contract) {
  const auto model = compose::compose(contract, 1);
  model->eval();
  std::ostringstream parameters;
  for (const auto& parameter : model->named_parameters()) {
    parameters << parameter.key() << ' ' << parameter.value().sizes() << '\n';
  }
  const torch::NoGradGuard no_grad;
  const auto images = random_images(contract.request, /*batch=*/1);
  auto side = context();
  (void)model->forward(images, side);  // the first pass also compares shapes
  return {.parameters = parameters.str(),
          .operators = operators_of([&] { (void)model->forward(images, side); })};
}

}  // namespace triptych::testing
