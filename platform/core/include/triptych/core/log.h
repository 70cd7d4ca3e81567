#pragma once

#include <string_view>

namespace triptych::core {

/// How much goes to stderr. `quiet`: errors only; `normal`: also what is being done, and warnings;
/// `verbose`: also details.
enum class Verbosity { quiet, normal, verbose };

/// Sets the level of the whole program; `normal` before the first call.
void set_verbosity(Verbosity verbosity);

/// One line each on stderr, from any thread. A progress bar that is being shown steps aside. Colour
/// only where stderr is a terminal and NO_COLOR and TERM=dumb are not set. Libraries report
/// warnings through RunEvents::warn; these functions are for programs.
void log_detail(std::string_view text);
void log_info(std::string_view text);
void log_warning(std::string_view text);
void log_error(std::string_view text);

}  // namespace triptych::core
