#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "triptych/error.h"
#include "triptych/host/plugin_host.h"

namespace triptych::host {

/// A folder of its own per test, and a cache folder in it, so that no probe is skipped because an
/// earlier test passed.
class HostTest : public testing::Test {
 protected:
  HostTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("triptych_host_" + std::to_string(getpid()) + "_" + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  ~HostTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// A host that looks in one folder only.
  static PluginHost host_at(const std::filesystem::path& folder, bool probes_first = true) {
    return PluginHost(
        {.path = {.given = {folder}, .environment = {}, .manifest = {}, .standard = {}},
         .probes_first = probes_first,
         .probe_program = "",
         .load_limit = std::chrono::seconds(10)});
  }
  static std::filesystem::path built(const std::string& slot, const std::string& name) {
    return std::filesystem::path(TRIPTYCH_BINARY_DIR) / "plugins" / slot / (name + ".so");
  }
  static std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(TRIPTYCH_FIXTURES) / "fusion" / (name + ".so");
  }
  /// Copies a file to a place below the test's folder.
  std::filesystem::path put(const std::filesystem::path& from, const std::string& place) {
    const auto to = folder_ / place;
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    return to;
  }
  std::filesystem::path write(const std::string& place, const std::string& content) {
    const auto to = folder_ / place;
    std::filesystem::create_directories(to.parent_path());
    std::ofstream(to, std::ios::binary) << content;
    return to;
  }

  std::filesystem::path folder_;
};

/// The error that `call` throws; a failure and an empty problem when it throws none.
template <class Call>
Problem problem_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.problem();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace triptych::host
