#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "probe_records.h"
#include "triptych/error.h"

extern char** environ;

namespace triptych::host {
namespace {

constexpr std::size_t kKeptBytes = 8192;

[[noreturn]] void fail(const std::filesystem::path& program, int code) {
  throw Error("host.033", program.string(),
              std::string("cannot be started: ") + std::strerror(code),
              "It belongs to this program: build or install it again.");
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

// Both ends close on exec, and none is a descriptor that the child gets by number.
Pipe make_pipe(const std::filesystem::path& program) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(program, errno);
  Pipe made{.read_end = ends[0], .write_end = ends[1]};
  if (made.write_end <= kRecordDescriptor) {
    const int higher = fcntl(made.write_end, F_DUPFD_CLOEXEC, kRecordDescriptor + 1);
    close(made.write_end);
    made.write_end = higher;
  }
  return made;
}

// Bytes that are there now; false at the end of the stream.
bool read_some(int descriptor, std::string& into) {
  std::array<char, 4096> buffer{};
  const auto count = read(descriptor, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

Child::Child(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  const auto records_pipe = make_pipe(program);
  const auto printed_pipe = make_pipe(program);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, printed_pipe.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, printed_pipe.write_end, STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, records_pipe.write_end, kRecordDescriptor);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);

  std::string name = program.string();
  std::vector<char*> argv = {name.data()};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int failure = posix_spawn(&pid_, name.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(records_pipe.write_end);
  close(printed_pipe.write_end);
  records_descriptor_ = records_pipe.read_end;
  printed_descriptor_ = printed_pipe.read_end;
  fcntl(printed_descriptor_, F_SETFL, O_NONBLOCK);
  if (failure == 0) return;
  pid_ = -1;
  close(records_descriptor_);
  close(printed_descriptor_);
  fail(program, failure);
}

Child::~Child() {
  if (pid_ > 0) static_cast<void>(finish(/*kill_first=*/true));
  close(records_descriptor_);
  close(printed_descriptor_);
}

void Child::take_printed() {
  for (std::size_t before = printed.size() + 1; before != printed.size();) {
    before = printed.size();
    if (!read_some(printed_descriptor_, printed)) break;
  }
  if (printed.size() > kKeptBytes) printed.erase(0, printed.size() - kKeptBytes);
}

Child::Event Child::wait(std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Event::kTimeout;
    // At most 50 ms: the printed stream is emptied on the way, or a chatty plugin would block on
    // it.
    pollfd watched{.fd = records_descriptor_, .events = POLLIN, .revents = 0};
    const int ready = poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 50)));
    take_printed();
    if (ready > 0) return read_some(records_descriptor_, records) ? Event::kBytes : Event::kEnd;
    siginfo_t info{};
    const bool has_ended =
        waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid_;
    if (has_ended && poll(&watched, 1, 0) == 0)
      return Event::kEnd;  // a grandchild holds the stream
  }
}

std::string Child::finish(bool kill_first) {
  if (kill_first) kill(-pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  kill(-pid_, SIGKILL);  // what it left behind
  pid_ = -1;
  take_printed();
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "was stopped by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace triptych::host
