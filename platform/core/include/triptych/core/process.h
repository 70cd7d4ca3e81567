#pragma once

#include <cstdint>
#include <string>

namespace triptych::core {

/// Which process this is, told apart from every other one that ever ran: process numbers are used
/// again, and machines restart.
struct ProcessIdentity {
  std::string host;        ///< host name
  std::string boot;        ///< boot id of the kernel (/proc/sys/kernel/random/boot_id)
  std::int64_t pid = 0;    ///< process number
  std::int64_t start = 0;  ///< start time in clock ticks since boot (/proc/PID/stat, field 22)

  bool operator==(const ProcessIdentity&) const = default;
};

/// The identity of the calling process.
[[nodiscard]] ProcessIdentity current_process();

/// False when that process is certainly gone: it ran on this host, and the host restarted since, or
/// no process has that number and start time (one that ended but was not waited for is gone too).
/// A process of another host is taken to be alive, since nothing can be known about it from here.
[[nodiscard]] bool is_alive(const ProcessIdentity& identity);

}  // namespace triptych::core
