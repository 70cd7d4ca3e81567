#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace triptych::cli {

/// A line on stderr, "depth: 120 / 500 images", rewritten twice a second once the work has taken
/// `patience`. Nothing when stderr is no terminal. Thread-safe.
class Progress {
 public:
  Progress(std::string name, std::int64_t total,
           std::chrono::milliseconds patience = std::chrono::seconds(2));
  ~Progress();  ///< clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance();  ///< one image more

 private:
  std::string name_;
  std::int64_t total_;
  bool is_terminal_;
  std::atomic<std::int64_t> done_{0};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_;
  bool is_shown_ = false;
};

}  // namespace triptych::cli
