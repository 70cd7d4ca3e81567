// The line that long work writes.
#include "evaluate_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <string>

namespace triptych::cli {
namespace {

using testing::HasSubstr;

// While it lives, stderr is the descriptor given.
class StderrIs {
 public:
  explicit StderrIs(int fd) : before_(dup(STDERR_FILENO)) { dup2(fd, STDERR_FILENO); }
  ~StderrIs() {
    dup2(before_, STDERR_FILENO);
    close(before_);
  }

 private:
  int before_;
};

std::string available(int fd) {
  char text[4096];
  const auto size = read(fd, text, sizeof(text));
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

void work(std::chrono::milliseconds patience) {
  Progress progress("depth", 3, patience);
  progress.advance();
}

TEST(Progress, IsALineOnATerminalThatIsClearedInTheEnd) {
  int master = -1, terminal = -1;
  ASSERT_EQ(openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
  {
    const StderrIs redirected(terminal);
    work(std::chrono::milliseconds(0));
  }
  const auto text = available(master);
  EXPECT_THAT(text, HasSubstr("depth: 1 / 3 images"));
  EXPECT_THAT(text, testing::EndsWith("\r\x1b[K"));
  close(terminal);
  close(master);
}

TEST(Progress, ShortWorkAndOtherOutputsSeeNothing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  {
    const StderrIs redirected(ends[1]);
    work(std::chrono::milliseconds(0));
    (void)!write(ends[1], "end", 3);
  }
  EXPECT_EQ(available(ends[0]), "end");
  int master = -1, terminal = -1;
  ASSERT_EQ(openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
  {
    const StderrIs redirected(terminal);
    work(std::chrono::hours(1));
    (void)!write(terminal, "end", 3);
  }
  EXPECT_EQ(available(master), "end");
  for (const int fd : {ends[0], ends[1], master, terminal}) close(fd);
}

}  // namespace
}  // namespace triptych::cli
