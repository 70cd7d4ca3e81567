#include "triptych/core/environment.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "triptych/core/paths.h"
#include "triptych/core/process.h"

namespace triptych::core {
namespace {

// The value behind `key` in a file of "key : value" or KEY="value" lines, or "".
std::string value_in(const std::string& path, const std::string& key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    auto value = line.substr(line.find(separator) + 1);
    const auto first = value.find_first_not_of(" \t\"");
    const auto last = value.find_last_not_of(" \t\"");
    return first == std::string::npos ? "" : value.substr(first, last - first + 1);
  }
  return "";
}

std::string usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::to_string(CPU_COUNT(&set)) : "";
}

std::string memory_mib() {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page_size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_size <= 0) return "";
  return std::to_string(static_cast<long long>(pages) * page_size / (1 << 20));
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

void add_git(std::map<std::string, std::string>& found) {
  const auto root = checkout_root();
  if (!root) return;
  const auto commit = command_output({"git", "-C", root->string(), "rev-parse", "HEAD"});
  if (!commit) return;
  found["git_commit"] = trimmed(*commit);
  const auto status = command_output(
      {"git", "-C", root->string(), "status", "--porcelain", "--untracked-files=no"});
  if (status) found["git_dirty"] = status->empty() ? "false" : "true";
}

}  // namespace

std::optional<std::string> command_output(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (command.empty() || pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string output;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; error == 0 && (got = read(ends[0], piece.data(), piece.size())) > 0;) {
    output.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  if (error != 0) return std::nullopt;
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return output;
}

std::map<std::string, std::string> environment() {
  utsname kernel{};
  uname(&kernel);
  std::map<std::string, std::string> found = {
      {"host", current_process().host},
      {"cpu_model", value_in("/proc/cpuinfo", "model name", ':')},
      {"cpu_cores", usable_cores()},
      {"memory_mib", memory_mib()},
      {"os", value_in("/etc/os-release", "PRETTY_NAME", '=')},
      {"kernel", kernel.release},
      {"compiler", __VERSION__},
      {"build_type", TRIPTYCH_BUILD_TYPE},
      {"version", version()},
  };
  add_git(found);
  std::erase_if(found, [](const auto& entry) { return entry.second.empty(); });
  return found;
}

std::string version() { return TRIPTYCH_VERSION; }

}  // namespace triptych::core
