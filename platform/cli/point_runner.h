#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plugins.h"
#include "triptych/core/progress.h"
#include "triptych/store/store.h"

namespace triptych::cli {

/// Trains claimed points one after the other, measures what their manifests ask for, and shows how
/// far the whole study is.
class PointRunner {
 public:
  PointRunner(store::Store& store, const Plugins& plugins, const store::Plan& plan,
              const std::vector<std::string>& chosen, std::string device, bool is_silent);

  /// Failures of the run itself are stored as its status; errors of the store pass through.
  void run(const store::Claim& claim);

 private:
  store::Store& store_;
  const Plugins& plugins_;
  std::string device_;
  std::unique_ptr<core::Progress> progress_;
  std::int64_t steps_done_ = 0;  // of finished points, for the bar
};

}  // namespace triptych::cli
