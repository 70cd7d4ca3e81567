#pragma once

namespace triptych::core {

/// From now on the first SIGINT, SIGTERM or SIGUSR1 only asks to stop (finish the step, write a
/// checkpoint, mark the run interrupted); the second ends the program at once with 128 + signal.
/// SIGUSR1 is what batch systems send before the time is up.
void catch_stop_signals();

/// The signal that asked to stop, or 0. Cheap enough for every step.
[[nodiscard]] int stop_signal();

/// Forgets a signal that arrived (tests).
void clear_stop_signal();

/// Exit code for a program stopped by `signal`: 130 for SIGINT, 143 for SIGTERM and SIGUSR1.
[[nodiscard]] int stop_exit_code(int signal);

}  // namespace triptych::core
