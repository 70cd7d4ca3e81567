#include "triptych/compose/count.h"

#include <set>

namespace triptych::compose {

Count count_parameters(const Model& model) {
  Count count;
  std::set<const void*> seen;
  for (const auto& part : model.parts()) {
    PartCount own{.name = part.name};
    for (const auto& parameter : part.module->parameters()) {
      if (!seen.insert(parameter.unsafeGetTensorImpl()).second) continue;
      own.parameters += parameter.numel();
      if (parameter.requires_grad()) own.trainable += parameter.numel();
    }
    count.parameters += own.parameters;
    count.trainable += own.trainable;
    count.parts.push_back(std::move(own));
  }
  return count;
}

}  // namespace triptych::compose
