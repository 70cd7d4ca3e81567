#pragma once

#include <torch/nn/module.h>

/// Types that cross the plugin border have default visibility: type identity is by name, and
/// `dynamic_cast` and `catch` must agree on both sides.
#define TRIPTYCH_API __attribute__((visibility("default")))

namespace triptych {

/// Base of every module that fills a slot. Parameters and buffers are registered with torch as
/// usual; initial values come from torch's default generator, which the host seeds from
/// hash(seed, what the part is) before it builds the part, so that variants stay paired over seeds.
class TRIPTYCH_API Slot : public torch::nn::Module {
 public:
  ~Slot() override;
};

}  // namespace triptych
