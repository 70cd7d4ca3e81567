#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <triptych/error.h>

#include "fixture.h"

namespace triptych::store {
namespace {

class Concurrency : public InFolder {
 protected:
  pid_t start_writer(int index, int steps, int pause_us,
                     const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {std::string(TRIPTYCH_BINARY_DIR) + "/tests/store_writer",
                                      database().string(),
                                      "demo",
                                      log_of(index).string(),
                                      std::to_string(steps),
                                      std::to_string(pause_us)};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
                                     (log_of(index).string() + ".err").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    pid_t child = 0;
    EXPECT_EQ(posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
  }
  std::filesystem::path log_of(int index) const {
    return folder_ / ("writer" + std::to_string(index) + ".log");
  }
  // The last step of each run that the writer saw committed.
  std::map<std::string, std::int64_t> committed(int index) const {
    std::map<std::string, std::int64_t> steps;
    std::ifstream file(log_of(index));
    std::string run_id;
    for (std::int64_t step = 0; file >> run_id >> step;) steps[run_id] = step;
    return steps;
  }
  int wait_for(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
};

TEST_F(Concurrency, SixteenWritersLoseNothingWhenSomeAreKilled) {
  constexpr int kWriters = 16;
  constexpr int kSteps = 60;
  {
    auto store = Store::open(database(), Mode::read_write);
    store.freeze(small_plan(40));
  }
  std::vector<pid_t> writers;
  for (int i = 0; i < kWriters; ++i) writers.push_back(start_writer(i, kSteps, 3000));
  std::mt19937 random(7);
  for (int victim = 0; victim < 5; ++victim) {
    usleep(60'000 + random() % 60'000);
    kill(writers[static_cast<std::size_t>(3 * victim)], SIGKILL);
  }
  int num_killed = 0;
  for (const pid_t writer : writers) {
    const int status = wait_for(writer);
    if (WIFSIGNALED(status)) {
      ++num_killed;
    } else {
      EXPECT_EQ(WEXITSTATUS(status), 0);
    }
  }
  EXPECT_GE(num_killed, 3);  // the others were done before their turn came

  // What a writer saw committed is there, whether it was killed or not, and whether another one
  // took its run over: that one starts at a checkpoint and writes the same steps again.
  EXPECT_EQ(wait_for(start_writer(kWriters, kSteps, 0)), 0);  // finishes what the killed ones left
  const auto store = Store::open(database(), Mode::read_only);
  EXPECT_EQ(store.integrity_problem(), "");
  std::set<std::string> run_ids;
  for (int i = 0; i <= kWriters; ++i) {
    for (const auto& [run_id, step] : committed(i)) {
      run_ids.insert(run_id);
      EXPECT_GE(store.curves(run_id).size(), static_cast<std::size_t>(2 * step));
    }
  }
  EXPECT_EQ(run_ids.size(), 40U);  // every point was run under one id
  for (const auto& point : store.points("demo")) {
    EXPECT_EQ(point.status, "done");
    EXPECT_EQ(store.curves(point.run_id).size(), static_cast<std::size_t>(2 * kSteps));
  }
}

TEST_F(Concurrency, AKilledRunIsContinuedFromItsCheckpoint) {
  auto store = Store::open(database(), Mode::read_write);
  store.freeze(small_plan(1));
  const pid_t writer = start_writer(0, 60, 0, {"stop_at", "35"});
  while (committed(0).empty() || committed(0).begin()->second < 35) usleep(5000);
  const auto run_id = committed(0).begin()->first;
  EXPECT_FALSE(store.claim_next("demo"));  // it lives
  EXPECT_EQ(store.curves(run_id).size(), 70U);
  kill(writer, SIGKILL);
  wait_for(writer);

  const auto claim = store.claim_next("demo");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->run_id, run_id);
  EXPECT_EQ(claim->checkpoint->step, 20);
  EXPECT_EQ(claim->checkpoint->path, "checkpoint-20");
  EXPECT_EQ(store.curves(run_id).size(), 40U);
}

TEST_F(Concurrency, ManyProcessesMayCreateTheSameDatabase) {
  // Each finds no study yet, which is its one error; none may find a half-made schema.
  std::vector<pid_t> writers;
  for (int i = 0; i < 12; ++i) writers.push_back(start_writer(i, 1, 0));
  for (const pid_t writer : writers) EXPECT_EQ(WEXITSTATUS(wait_for(writer)), 1);
  auto store = Store::open(database(), Mode::read_write);
  EXPECT_EQ(store.integrity_problem(), "");
  EXPECT_TRUE(store.studies().empty());
}

TEST_F(Concurrency, AFullFileSystemIsNamedAndKeepsEarlierRuns) {
  const auto mounted = folder_ / "small";
  std::filesystem::create_directories(mounted);
  if (mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "mounting a small file system needs rights that this user has not";
  }
  std::string code;
  std::size_t num_kept = 0;
  std::string problem;
  {
    auto store = Store::open(mounted / "results.db", Mode::read_write);
    store.freeze(small_plan(1));
    const auto writer = store.writer(*store.claim_next("demo"));
    writer->curve(loss_at(1));
    writer->flush();
    const std::vector<std::uint8_t> png(600'000, 7);
    try {
      for (int i = 0; i < 4; ++i) {
        writer->picture(
            {.name = "p", .step = i, .task = "a", .kind = "input", .image_id = "1", .png = png});
        writer->flush();
      }
    } catch (const Error& error) {
      code = error.problem().code;
    }
    num_kept = store.curves(writer->run_id()).size();
    problem = store.integrity_problem();
  }
  umount(mounted.c_str());
  EXPECT_EQ(code, "store.006");
  EXPECT_EQ(num_kept, 1U);
  EXPECT_EQ(problem, "");
}

TEST_F(Concurrency, AReadOnlyFileSystemIsReadButNotWritten) {
  const auto mounted = folder_ / "frozen";
  std::filesystem::create_directories(mounted);
  if (mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "mounting a small file system needs rights that this user has not";
  }
  const auto path = mounted / "results.db";
  {
    auto store = Store::open(path, Mode::read_write);
    store.freeze(small_plan(1));
    store.writer(*store.claim_next("demo"))->finish("done", "", 1);
  }
  std::string code;
  std::size_t num_runs = 0;
  if (mount(nullptr, mounted.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0) {
    try {
      (void)Store::open(path, Mode::read_write);
    } catch (const Error& error) {
      code = error.problem().code;
    }
    try {
      num_runs = Store::open(path, Mode::read_only).runs().size();
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  umount(mounted.c_str());
  EXPECT_EQ(code, "store.001");
  EXPECT_EQ(num_runs, 1U);
}

}  // namespace
}  // namespace triptych::store
