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

// All that was written to the other end, which this closes first: a terminal hands it on in pieces.
std::string all_written(int other_end, int fd) {
  close(other_end);
  std::string text;
  char piece[4096];
  for (ssize_t size = 0; (size = read(fd, piece, sizeof(piece))) > 0;) text.append(piece, size);
  close(fd);
  return text;
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
  const auto text = all_written(terminal, master);
  EXPECT_THAT(text, HasSubstr("depth: 1 / 3 images"));
  EXPECT_THAT(text, testing::EndsWith("\r\x1b[K"));
}

TEST(Progress, ShortWorkAndOtherOutputsSeeNothing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  {
    const StderrIs redirected(ends[1]);
    work(std::chrono::milliseconds(0));
    (void)!write(ends[1], "end", 3);
  }
  EXPECT_EQ(all_written(ends[1], ends[0]), "end");
  int master = -1, terminal = -1;
  ASSERT_EQ(openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
  {
    const StderrIs redirected(terminal);
    work(std::chrono::hours(1));
    (void)!write(terminal, "end", 3);
  }
  EXPECT_EQ(all_written(terminal, master), "end");
}

}  // namespace
}  // namespace triptych::cli
