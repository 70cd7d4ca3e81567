#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace triptych::host {

/// A child process with three streams: its records (descriptor 3), and what it prints on standard
/// output and error, together. It leads a process group, so that stopping it stops its children
/// too.
class Child {
 public:
  /// Starts `program` (posix_spawn, safe while torch's threads run). Throws Error host.033.
  Child(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ~Child();  ///< kills what is still running
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  enum class Event { kBytes, kEnd, kTimeout };
  /// Waits until records arrive (kBytes), the record stream ends (kEnd) or `deadline` passes.
  [[nodiscard]] Event wait(std::chrono::steady_clock::time_point deadline);
  /// Ends the group and waits: "was stopped by signal 11 (Segmentation fault)", "ended with exit
  /// code 3". Call it after kEnd to learn how it ended, or after kTimeout to make it end.
  [[nodiscard]] std::string finish(bool kill_first);

  std::string records;  ///< arrived and not yet taken
  std::string printed;  ///< last 8 KiB of what it printed

 private:
  void take_printed();

  pid_t pid_ = -1;
  int records_descriptor_ = -1;
  int printed_descriptor_ = -1;
};

}  // namespace triptych::host
