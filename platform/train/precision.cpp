#include "triptych/train/precision.h"

#include <ATen/autocast_mode.h>

namespace triptych::train {

AutocastScope::AutocastScope(const c10::Device& device, bool is_on)
    : device_(device.type()),
      was_on_(at::autocast::is_autocast_enabled(device_)),
      type_before_(at::autocast::get_autocast_dtype(device_)) {
  at::autocast::set_autocast_enabled(device_, is_on);
  if (is_on) at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_on_);
  at::autocast::set_autocast_dtype(device_, type_before_);
}

}  // namespace triptych::train
