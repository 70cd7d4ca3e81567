#include "triptych/core/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace triptych::core {
namespace {

std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal may interrupt anything");

void on_signal(int signal) {
  if (received.exchange(signal) != 0) _exit(stop_exit_code(signal));
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

int stop_signal() { return received.load(std::memory_order_relaxed); }

void clear_stop_signal() { received = 0; }

int stop_exit_code(int signal) { return signal == SIGINT ? 130 : 143; }

}  // namespace triptych::core
