#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "triptych/compose/model.h"

namespace triptych::compose {

/// Parameters of one part, buffers not counted.
struct PartCount {
  std::string name;
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;  ///< requires_grad: apply the recipe's groups first
};

struct Count {
  std::vector<PartCount> parts;  ///< as Model::parts
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;
};

/// Counts a composed model. A parameter that two parts share counts once, in the first.
[[nodiscard]] Count count_parameters(const Model& model);

}  // namespace triptych::compose
