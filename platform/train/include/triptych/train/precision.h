#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace triptych::train {

/// While it lives, matrix products and convolutions on `device` run in bfloat16 (autocast) when
/// `is_on`; the cast copies of weights are dropped at its end, since the optimiser changes the
/// weights. To be left before `backward`. The state is the thread's.
class AutocastScope {
 public:
  AutocastScope(const c10::Device& device, bool is_on);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  c10::DeviceType device_;
  bool was_on_;
  c10::ScalarType type_before_;
};

}  // namespace triptych::train
