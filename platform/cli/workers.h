#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace triptych::cli {

/// Copies of this program that take points of the same plan (`run --jobs N`). They talk only
/// through the store; the parent shows progress and results.
class Workers {
 public:
  /// Starts `count` copies with the same words, which work on the frozen plan of `study`.
  Workers(long count, const std::vector<std::string>& words, const std::string& study,
          const std::string& retry_before);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Passes a stop signal on, and waits until all have ended.
  void wait();

 private:
  std::vector<pid_t> children_;
};

}  // namespace triptych::cli
