#include "triptych/core/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "terminal.h"
#include "triptych/core/clock.h"
#include "triptych/core/paths.h"

namespace triptych::core {
namespace {

constexpr double kRedrawInterval_s = 0.1;  // faster cannot be read
constexpr int kBarCells = 24;

int terminal_columns() {
  if (const auto variable = environment_variable("COLUMNS")) {
    const int columns = std::atoi(variable->c_str());
    if (columns > 0) return columns;
  }
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string percent(std::int64_t done, std::int64_t total) {
  return std::to_string(std::clamp<std::int64_t>(100 * done / total, 0, 100)) + " %";
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  char text[64];
  if (whole < 60) {
    std::snprintf(text, sizeof text, "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
  } else if (whole < 86400) {
    std::snprintf(text, sizeof text, "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  } else {
    std::snprintf(text, sizeof text, "%lld d %lld h", whole / 86400, whole % 86400 / 3600);
  }
  return text;
}

Progress*& shown_progress() {
  static Progress* shown = nullptr;
  return shown;
}

void erase_shown_bar() {
  auto* shown = shown_progress();
  if (shown != nullptr && !shown->shown_.empty()) shown->options_.write("\r\033[K");
}

void redraw_shown_bar() {
  auto* shown = shown_progress();
  if (shown != nullptr && !shown->shown_.empty()) shown->options_.write(shown->shown_);
}

Progress::Progress(Options options) : options_(std::move(options)) {
  if (!options_.now) options_.now = steady_seconds;
  if (!options_.write) {
    options_.write = [](const std::string& text) {
      std::fwrite(text.data(), 1, text.size(), stderr);
      std::fflush(stderr);
    };
  }
  if (options_.is_terminal < 0) options_.is_terminal = stderr_is_terminal() ? 1 : 0;
  if (options_.columns <= 0) options_.columns = terminal_columns();
  started_ = options_.now();
  last_shown_ = started_;
  const std::scoped_lock lock(terminal_mutex());
  if (options_.is_terminal == 1 && shown_progress() == nullptr) shown_progress() = this;
}

Progress::~Progress() {
  const std::scoped_lock lock(terminal_mutex());
  if (!shown_.empty()) options_.write("\n");
  if (shown_progress() == this) shown_progress() = nullptr;
}

std::string Progress::line(double now) const {
  std::string out = options_.title + ": " + std::to_string(done_);
  if (options_.total > 0) {
    out += "/" + std::to_string(options_.total) + " (" + percent(done_, options_.total) + ")";
    const double elapsed = now - started_;
    if (done_ > 0 && done_ < options_.total) {
      const auto left = static_cast<double>(options_.total - done_);
      out += ", " + duration_text(elapsed * left / static_cast<double>(done_)) + " left";
    }
  }
  if (!detail_.empty()) out += ", " + detail_;
  return out;
}

std::string Progress::bar(double now) const {
  std::string text = line(now);
  if (options_.total > 0 && options_.columns >= 60) {
    const auto filled = static_cast<std::size_t>(
        std::clamp<std::int64_t>(kBarCells * done_ / options_.total, 0, kBarCells));
    text = "[" + std::string(filled, '#') + std::string(kBarCells - filled, '.') + "] " + text;
  }
  return text.substr(0, static_cast<std::size_t>(std::max(options_.columns - 1, 1)));
}

void Progress::update(std::int64_t done, const std::string& detail) {
  done_ = done;
  detail_ = detail;
  if (is_quiet()) return;
  const double now = options_.now();
  const double interval = options_.is_terminal == 1 ? kRedrawInterval_s : options_.plain_interval_s;
  if (now - last_shown_ < interval) return;
  last_shown_ = now;
  const std::scoped_lock lock(terminal_mutex());
  if (options_.is_terminal != 1) return options_.write(line(now) + "\n");
  shown_ = bar(now);
  options_.write("\r\033[K" + shown_);
}

void Progress::finish(const std::string& detail) {
  if (is_quiet()) return;
  const std::scoped_lock lock(terminal_mutex());
  if (!shown_.empty()) options_.write("\r\033[K");
  shown_.clear();
  std::string text = options_.title + ": done in " + duration_text(options_.now() - started_);
  if (!detail.empty()) text += ", " + detail;
  options_.write(text + "\n");
}

}  // namespace triptych::core
