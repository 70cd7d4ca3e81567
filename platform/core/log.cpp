#include "triptych/core/log.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "terminal.h"
#include "triptych/core/paths.h"

namespace triptych::core {
namespace {

std::atomic<Verbosity> verbosity = Verbosity::normal;

std::shared_ptr<spdlog::logger> make_logger() {
  const bool colour = stderr_is_terminal() && !environment_variable("NO_COLOR");
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>(
      colour ? spdlog::color_mode::always : spdlog::color_mode::never);
  auto made = std::make_shared<spdlog::logger>("triptych", std::move(sink));
  made->set_pattern("%^%v%$");
  made->set_level(spdlog::level::trace);
  return made;
}

void write(spdlog::level::level_enum level, std::string_view text) {
  const std::scoped_lock lock(terminal_mutex());
  static const auto logger = make_logger();
  erase_shown_bar();
  logger->log(level, "{}", text);
  logger->flush();
  redraw_shown_bar();
}

}  // namespace

std::recursive_mutex& terminal_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

bool stderr_is_terminal() {
  return isatty(STDERR_FILENO) == 1 && environment_variable("TERM").value_or("") != "dumb";
}

bool is_quiet() { return verbosity == Verbosity::quiet; }

void set_verbosity(Verbosity wanted) { verbosity = wanted; }

void log_detail(std::string_view text) {
  if (verbosity == Verbosity::verbose) write(spdlog::level::debug, text);
}

void log_info(std::string_view text) {
  if (!is_quiet()) write(spdlog::level::info, text);
}

void log_warning(std::string_view text) {
  if (!is_quiet()) write(spdlog::level::warn, "warning: " + std::string(text));
}

void log_error(std::string_view text) { write(spdlog::level::err, "error: " + std::string(text)); }

}  // namespace triptych::core
