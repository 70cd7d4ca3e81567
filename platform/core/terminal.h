#pragma once

// What log and progress share: one stderr, one lock, one bar at most.

#include <functional>
#include <mutex>
#include <string>

namespace triptych::core {

class Progress;

/// The lock that whoever writes to stderr holds.
std::recursive_mutex& terminal_mutex();

/// The bar that is being shown, or null. To be touched under the lock.
Progress*& shown_progress();

/// Takes the bar off the terminal, and puts it back. Under the lock.
void erase_shown_bar();
void redraw_shown_bar();

/// stderr is a terminal that can move its cursor (TERM is not dumb).
bool stderr_is_terminal();

/// Whether `quiet` was asked for.
bool is_quiet();

}  // namespace triptych::core
