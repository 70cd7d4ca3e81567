#include "evaluate_progress.h"

#include <unistd.h>

#include <cstdio>

namespace triptych::cli {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Progress::Progress(std::string name, std::int64_t total, std::chrono::milliseconds patience)
    : name_(std::move(name)),
      total_(total),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      next_(Clock::now() + patience) {}

Progress::~Progress() {
  if (is_shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::advance() {
  const auto done = ++done_;
  if (!is_terminal_) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || Clock::now() < next_) return;
  next_ = Clock::now() + 500ms;
  is_shown_ = true;
  std::fprintf(stderr, "\r\x1b[K%s: %lld / %lld images", name_.c_str(),
               static_cast<long long>(done), static_cast<long long>(total_));
  std::fflush(stderr);
}

}  // namespace triptych::cli
