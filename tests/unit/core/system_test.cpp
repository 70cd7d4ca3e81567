#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <triptych/core/clock.h>
#include <triptych/core/environment.h>
#include <triptych/core/ids.h>
#include <triptych/core/output_folder.h>
#include <triptych/core/paths.h>
#include <triptych/core/process.h>
#include <triptych/core/progress.h>
#include <triptych/core/signals.h>
#include <triptych/error.h>

namespace triptych::core {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Clock, WritesUtcWithMilliseconds) {
  // 2026-11-25T10:18:01Z is 1795601881 s after the epoch (date -u -d @1795601881).
  const auto moment =
      std::chrono::system_clock::time_point(std::chrono::milliseconds(1795601881007));
  EXPECT_EQ(utc(moment), "2026-11-25T10:18:01.007Z");
}

TEST(OutputFolder, LeavesOnlyWhatHoldsSomething) {
  const fs::path root = fs::temp_directory_path() / ("output." + std::to_string(getpid()));
  {
    const OutputFolder outer(root / "kept");
    const OutputFolder empty(root / "empty" / "inner" / "");
    EXPECT_TRUE(fs::is_directory(root / "empty" / "inner"));
    std::ofstream(root / "kept" / "file") << "x";
  }
  EXPECT_FALSE(fs::exists(root / "empty"));
  EXPECT_TRUE(fs::exists(root / "kept" / "file"));
  fs::remove(root / "kept" / "file");
  { const OutputFolder old(root / "kept"); }
  EXPECT_TRUE(fs::is_directory(root / "kept")) << "it was there before";
  std::ofstream(root / "file") << "x";
  try {
    const OutputFolder below(root / "file" / "folder");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "core.002");
  }
  EXPECT_EQ(content_of(root / "file"), "x");
  fs::remove_all(root);
}

TEST(RunId, IsAUuidOfVersionSevenAndGrows) {
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    const auto id = new_run_id();
    ASSERT_THAT(id, testing::MatchesRegex(
                        "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    ASSERT_LT(last, id);
    last = id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(AtomicFile, RefusesToTakeThePlaceOfAFolderOrADevice) {
  const auto pipe = fs::path(testing::TempDir()) / ("pipe" + std::to_string(getpid()));
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {pipe, fs::path("/dev/null"), fs::path(testing::TempDir())}) {
    try {
      write_atomically(path, "text");
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().code, "core.002");
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
    }
  }
  EXPECT_TRUE(fs::is_fifo(pipe));
  fs::remove(pipe);
}

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const auto path = fs::path(testing::TempDir()) / "atomic_test.txt";
  write_atomically(path, "old");
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_EQ(content_of(path), "old");
  write_atomically(path, "new");
  EXPECT_EQ(content_of(path), "new");
  for (const auto& entry : fs::directory_iterator(path.parent_path())) {
    EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr("atomic_test.txt.tmp-")));
  }
}

TEST(AtomicFile, InAFolderThatIsNoneNamesTheFile) {
  try {
    AtomicFile file("/dev/null/x.txt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "core.002");
    EXPECT_THAT(error.what(), HasSubstr("/dev/null/x.txt"));
  }
}

TEST(AtomicFile, OnAFullDiskIsAnErrorThatNamesTheRemedy) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto path = fs::path(testing::TempDir()) / "full_test.txt";
  const auto temporary = path.string() + ".tmp-" + std::to_string(getpid());
  fs::create_symlink("/dev/full", temporary);  // what is written to it fails with ENOSPC
  AtomicFile file(path);
  try {
    file.write("x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("Free some space"));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(DefaultDatabase, PrefersOptionThenVariableThenCheckout) {
  ::setenv("TRIPTYCH_DB", "/somewhere/x.db", 1);
  EXPECT_EQ(default_database("mine.db"), "mine.db");
  EXPECT_EQ(default_database(""), "/somewhere/x.db");
  ::unsetenv("TRIPTYCH_DB");
  ASSERT_TRUE(checkout_root());  // the tests run from a build folder of the checkout
  EXPECT_EQ(default_database(""), *checkout_root() / "results" / "results.db");
}

TEST(DataDir, IgnoresARelativeXdgPath) {
  ::setenv("XDG_DATA_HOME", "relative", 1);
  ::setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(data_dir(), "/home/someone/.local/share/triptych");
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(data_dir(), "/data/triptych");
  ::unsetenv("XDG_DATA_HOME");
}

TEST(Process, ThisOneIsAliveAndAnEndedOneIsNot) {
  EXPECT_TRUE(is_alive(current_process()));
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ProcessIdentity identity = current_process();
  identity.pid = child;
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_FALSE(is_alive(identity));
}

TEST(Process, OneThatWasKilledButNotWaitedForIsGone) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  kill(child, SIGKILL);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);  // dead now, not reaped
  ProcessIdentity identity = current_process();
  identity.pid = child;
  EXPECT_FALSE(is_alive(identity));
  waitpid(child, nullptr, 0);
}

TEST(Process, WithTheSameNumberButAnotherStartIsGone) {
  auto identity = current_process();
  identity.start += 1;
  EXPECT_FALSE(is_alive(identity));
}

TEST(Process, FromBeforeARestartIsGone) {
  auto identity = current_process();
  identity.boot = "another boot";
  EXPECT_FALSE(is_alive(identity));
}

TEST(Process, OfAnotherHostIsTakenToBeAlive) {
  EXPECT_TRUE(is_alive({.host = "elsewhere.example", .boot = "b", .pid = 1, .start = 1}));
}

TEST(Environment, HasWhatANumberDependsOn) {
  const auto found = environment();
  for (const auto* key :
       {"host", "cpu_cores", "os", "kernel", "compiler", "build_type", "version"}) {
    EXPECT_TRUE(found.contains(key)) << key;
  }
}

TEST(CommandOutput, IsTheProgramsAndNothingWhenItFails) {
  EXPECT_EQ(command_output({"echo", "a b; c"}), "a b; c\n");
  EXPECT_EQ(command_output({"false"}), std::nullopt);
  EXPECT_EQ(command_output({"no-such-program-anywhere"}), std::nullopt);
}

TEST(Signals, TheFirstSetsAFlag) {
  catch_stop_signals();
  EXPECT_EQ(stop_signal(), 0);
  raise(SIGTERM);
  EXPECT_EQ(stop_signal(), SIGTERM);
  clear_stop_signal();
}

TEST(Signals, TheSecondEndsTheProgram) {
  EXPECT_EXIT(
      {
        catch_stop_signals();
        raise(SIGINT);
        raise(SIGINT);
      },
      testing::ExitedWithCode(130), "");
}

struct Shown {
  double now = 0;
  std::string text;
  Progress::Options options(int is_terminal, int columns = 80) {
    return {.title = "train",
            .total = 100,
            .now = [this] { return now; },
            .write = [this](const std::string& piece) { text += piece; },
            .columns = columns,
            .is_terminal = is_terminal};
  }
};

TEST(Progress, WritesOnePlainLineEveryThirtySecondsWithoutATerminal) {
  Shown shown;
  Progress progress(shown.options(0));
  for (int second = 1; second <= 65; ++second) {
    shown.now = second;
    progress.update(second, "loss 1");
  }
  // At 30 s 30 of 100 are done, so 70 are left at 1 per second; at 60 s 40 are left.
  EXPECT_EQ(shown.text,
            "train: 30/100 (30 %), 1 min 10 s left, loss 1\n"
            "train: 60/100 (60 %), 40 s left, loss 1\n");
}

TEST(Progress, NeverWrapsOnATerminal) {
  Shown shown;
  Progress progress(shown.options(1, 30));
  shown.now = 1;
  progress.update(10, std::string(200, 'x'));
  EXPECT_EQ(shown.text.size(), std::string("\r\033[K").size() + 29);
}

TEST(Progress, RedrawsABarAtMostTenTimesASecond) {
  Shown shown;
  Progress progress(shown.options(1));
  for (int i = 1; i <= 100; ++i) {
    shown.now = 0.01 * i;
    progress.update(i);
  }
  std::size_t draws = 0;
  for (auto at = shown.text.find('\r'); at != std::string::npos; at = shown.text.find('\r', at + 1))
    ++draws;
  EXPECT_LE(draws, 10U);
  EXPECT_GE(draws, 8U);
}

TEST(Progress, TellsDurationsShortly) {
  EXPECT_EQ(duration_text(7.4), "7 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
  EXPECT_EQ(duration_text(4 * 86400 + 3 * 3600), "4 d 3 h");
}

}  // namespace
}  // namespace triptych::core
