/// Runs that are killed, in processes of their own, and go on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

namespace fs = std::filesystem;

constexpr const char* kSteps = "17";

class Killed : public testing::Test {
 protected:
  Killed() : folder_(fs::temp_directory_path() / ("killed." + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~Killed() override { fs::remove_all(folder_); }

  static pid_t start(const fs::path& folder, const std::string& where = "") {
    std::vector<std::string> words{TRIPTYCH_BINARY_DIR "/tests/train_child", folder, kSteps, where};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
      return -1;
    return child;
  }
  static int wait(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
  static bool is_success(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
  static bool is_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
  static std::string digest(const fs::path& folder) {
    std::ifstream file(folder / "digest");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// The digest of a run that nobody disturbs.
  std::string undisturbed() {
    const fs::path whole = folder_ / "whole";
    fs::create_directories(whole);
    EXPECT_TRUE(is_success(wait(start(whole))));
    return digest(whole);
  }
  fs::path fresh(const std::string& name) {
    fs::create_directories(folder_ / name);
    return folder_ / name;
  }

  fs::path folder_;
};

TEST_F(Killed, AtRandomMomentsItGoesOnBitByBit) {
  const std::string expected = undisturbed();
  ASSERT_EQ(expected.size(), 64u);
  const fs::path folder = fresh("random");
  std::mt19937 random(7);
  int kills = 0;
  for (int round = 0; round < 40 && digest(folder).empty(); ++round) {
    const pid_t child = start(folder);
    std::this_thread::sleep_for(std::chrono::milliseconds(200 + random() % 1200));
    if (kills < 5) ::kill(child, SIGKILL);
    kills += is_killed(wait(child)) ? 1 : 0;
  }
  EXPECT_GT(kills, 0);
  EXPECT_EQ(digest(folder), expected);
}

TEST_F(Killed, BetweenWritingAndRecordingACheckpointItGoesOnBitByBit) {
  const std::string expected = undisturbed();
  const fs::path folder = fresh("recording");
  EXPECT_TRUE(is_killed(wait(start(folder, "before-record:5"))));   // nothing is recorded yet
  EXPECT_TRUE(is_killed(wait(start(folder, "before-record:10"))));  // 5 is
  EXPECT_TRUE(is_success(wait(start(folder))));
  EXPECT_EQ(digest(folder), expected);
}

TEST_F(Killed, WhileACheckpointIsWrittenItGoesOnBitByBit) {
  const std::string expected = undisturbed();
  const fs::path folder = fresh("writing");
  EXPECT_TRUE(is_killed(wait(start(folder, "while-writing:5"))));
  EXPECT_TRUE(is_killed(wait(start(folder, "while-writing:10"))));
  EXPECT_TRUE(is_success(wait(start(folder))));
  EXPECT_EQ(digest(folder), expected);
}

}  // namespace
