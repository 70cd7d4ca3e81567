#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

extern char** environ;
namespace fs = std::filesystem;

namespace triptych::cli {

namespace {

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

pid_t start(const std::vector<std::string>& words, const fs::path& out, const fs::path& err) {
  std::vector<std::string> all = {TRIPTYCH_BINARY_DIR "/bin/triptych"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, all[0].c_str(), &files, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&files);
  return child;
}

int wait_for_end(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

nlohmann::json Result::json() const {
  auto document = nlohmann::json::parse(out, nullptr, /*allow_exceptions=*/false);
  EXPECT_FALSE(document.is_discarded()) << "stdout is not one JSON document:\n"
                                        << out << "\n"
                                        << err;
  return document;
}

Program::Program() {
  static int count = 0;
  folder_ = fs::temp_directory_path() /
            ("cli." + std::to_string(getpid()) + "." + std::to_string(count++));
  fs::create_directories(folder_);
  setenv("TRIPTYCH_DB", database().c_str(), 1);
  setenv("TRIPTYCH_CACHE", (folder_ / "samples").c_str(), 1);
  setenv("TRIPTYCH_PLUGIN_PATH", TRIPTYCH_BINARY_DIR "/tests/train_plugins", 1);
  setenv("TRIPTYCH_PROTOCOL_PATH", TRIPTYCH_SOURCE_DIR "/tests/cli/protocols", 1);
}

Program::~Program() { fs::remove_all(folder_); }

std::string Program::tiny() { return TRIPTYCH_SOURCE_DIR "/tests/cli/tiny.json"; }

Result Program::run(const std::vector<std::string>& words) const {
  const auto out = folder_ / "stdout";
  const auto err = folder_ / "stderr";
  const int code = wait_for_end(start(words, out, err));
  return {code, read(out), read(err)};
}

Result Program::run_and_signal(const std::vector<std::string>& words, int signal,
                               const fs::path& wait_for) const {
  const auto out = folder_ / "stdout";
  const auto err = folder_ / "stderr";
  const auto child = start(words, out, err);
  for (int i = 0; i < 6000 && waitpid(child, nullptr, WNOHANG) == 0; ++i) {
    bool is_there = false;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(wait_for, ignored)) {
      is_there = is_there || entry.path().extension() == ".safetensors";
    }
    if (is_there) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(child, signal);
  const int code = wait_for_end(child);
  return {code, read(out), read(err)};
}

}  // namespace triptych::cli
