#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace triptych::core {

/// Shows how far something is, on stderr: a bar with the time left on a terminal, redrawn at most
/// ten times a second; elsewhere (or with TERM=dumb) one plain line at most every 30 s. Nothing
/// under Verbosity::quiet. To be used from one thread.
class Progress {
 public:
  struct Options {
    std::string title;                              ///< what is being done
    std::int64_t total = 0;                         ///< units of work; 0 = unknown
    double plain_interval_s = 30;                   ///< least time between plain lines
    std::function<double()> now;                    ///< seconds; default: steady clock
    std::function<void(const std::string&)> write;  ///< default: stderr
    int columns = 0;       ///< width; 0 = $COLUMNS, else the terminal's, else 80
    int is_terminal = -1;  ///< 1, 0, or -1 = ask stderr
  };

  explicit Progress(Options options);
  /// Ends the line of a bar that is still being shown.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` units of work are done now; `detail` is a few words ("loss 0.52"). May be called often.
  void update(std::int64_t done, const std::string& detail = "");
  /// A last line with the time taken.
  void finish(const std::string& detail = "");

 private:
  friend void erase_shown_bar();
  friend void redraw_shown_bar();
  [[nodiscard]] std::string bar(double now) const;
  [[nodiscard]] std::string line(double now) const;

  Options options_;
  double started_ = 0;
  double last_shown_ = 0;
  std::int64_t done_ = 0;
  std::string detail_;
  std::string shown_;  ///< the bar that stands on the terminal now, or ""
};

/// "7 s", "3 min 20 s", "2 h 05 min", "4 d 3 h".
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace triptych::core
