#include "triptych/manifest/specs.h"

namespace triptych::manifest {

SpecSource::~SpecSource() = default;

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> all = {"embedding", "encoder", "prompt",  "fusion",
                                               "head",      "task",    "dataset", "balancer"};
  return all;
}

}  // namespace triptych::manifest
