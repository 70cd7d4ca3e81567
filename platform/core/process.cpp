#include "triptych/core/process.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

namespace triptych::core {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown";
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

// Start time in ticks, or -1 when there is no living process of that number. The second field is
// the program's name in brackets, which may itself hold brackets and spaces: read after the last
// one.
std::int64_t start_ticks(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return -1;
  const auto bracket = line.rfind(')');
  if (bracket == std::string::npos) return -1;
  std::istringstream fields(line.substr(bracket + 1));
  std::string state;
  fields >> state;
  if (state == "Z" || state == "X") return -1;
  std::string field;
  for (int index = 4; index <= 22; ++index) fields >> field;  // field 3 is the state
  return fields ? std::stoll(field) : -1;
}

}  // namespace

ProcessIdentity current_process() {
  return {.host = host_name(), .boot = boot_id(), .pid = getpid(), .start = start_ticks(getpid())};
}

bool is_alive(const ProcessIdentity& identity) {
  if (identity.host != host_name()) return true;
  if (identity.boot != boot_id()) return false;
  return start_ticks(identity.pid) == identity.start;
}

}  // namespace triptych::core
