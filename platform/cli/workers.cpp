#include "workers.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <cstring>

#include "triptych/core/signals.h"
#include "triptych/error.h"

extern char** environ;

namespace triptych::cli {

Workers::Workers(long count, const std::vector<std::string>& words, const std::string& study,
                 const std::string& retry_before) {
  std::vector<std::string> all = {"triptych", "run"};
  all.insert(all.end(), words.begin(), words.end());
  all.push_back("--worker=" + study);
  if (!retry_before.empty()) all.insert(all.end(), {"--retry-before", retry_before});
  std::vector<char*> arguments;
  for (auto& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  for (long i = 0; i < count; ++i) {
    pid_t child = 0;
    const int failure =
        posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ);
    if (failure != 0) {
      throw Error("usage.010", "--jobs",
                  std::string("cannot start another process: ") + std::strerror(failure),
                  "Run with fewer jobs.");
    }
    children_.push_back(child);
  }
}

Workers::~Workers() {
  if (!children_.empty()) wait();
}

void Workers::wait() {
  bool has_passed_on = false;
  while (!children_.empty()) {
    if (core::stop_signal() != 0 && !has_passed_on) {
      for (const auto child : children_) kill(child, SIGTERM);
      has_passed_on = true;
    }
    int status = 0;
    const auto ended = waitpid(-1, &status, WNOHANG);
    if (ended > 0)
      std::erase(children_, ended);
    else if (ended < 0 && errno == ECHILD)
      children_.clear();
    else
      usleep(50'000);
  }
}

}  // namespace triptych::cli
