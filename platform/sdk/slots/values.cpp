#include "triptych/values.h"

#include <algorithm>
#include <utility>

namespace triptych {

Context::Context(at::Generator generator, bool is_training)
    : rng(std::move(generator)), training(is_training) {}

void Context::emit(Auxiliary auxiliary) {
  if (listener) listener(auxiliary.name + "/" + auxiliary.task, auxiliary.prediction.map);
  if (training) auxiliaries.push_back(std::move(auxiliary));
}

void Context::observe(std::string_view name, const at::Tensor& tensor) const {
  if (listener) listener(name, tensor);
}

bool Target::any_present() const {
  return std::any_of(present.begin(), present.end(), [](bool is_there) { return is_there; });
}

}  // namespace triptych
